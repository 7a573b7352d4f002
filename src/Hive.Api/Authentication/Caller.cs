using System.Collections.Immutable;

namespace Hive.Api.Authentication;

/// <summary>Who asks.</summary>
/// <param name="Extra">Further facts of the credential (for a pod's token: its pod and node).</param>
public sealed record Caller(string Name, ImmutableArray<string> Groups, string Uid = "", ImmutableArray<(string Key, string Value)> Extra = default)
{
    public const string Masters = CertificateNames.Masters;
    public const string Queens = CertificateNames.Queens;
    public const string Nodes = CertificateNames.Nodes;
    public const string Authenticated = "system:authenticated";
    public const string Unauthenticated = "system:unauthenticated";
    public const string Bootstrappers = "system:bootstrappers";
    public const string NodePrefix = "system:node:";

    /// <summary>A caller without credentials.</summary>
    public static readonly Caller Anonymous = new("system:anonymous", [Unauthenticated]);

    public bool IsIn(string group) => Groups.Contains(group, StringComparer.Ordinal);

    public bool IsAuthenticated => IsIn(Authenticated);

    /// <summary>Name of the node that this is the drone of; empty for everybody else.</summary>
    public string NodeName => IsIn(Nodes) && Name.StartsWith(NodePrefix, StringComparison.Ordinal) ? Name[NodePrefix.Length..] : "";

    /// <summary>May do everything: administrators and the queens themselves.</summary>
    public bool IsSuperuser => IsIn(Masters) || IsIn(Queens);
}
