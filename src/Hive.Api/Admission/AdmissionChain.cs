using System.Collections.Immutable;
using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Admission;

/// <summary>The rules in their order, then validation of what they made.</summary>
public sealed class AdmissionChain(IReadOnlyList<IAdmissionRule> rules)
{
    /// <summary>Null: admitted and valid.</summary>
    public Refusal? Admit(AdmissionCall call)
    {
        foreach (IAdmissionRule rule in rules)
        {
            if (rule.Admit(call) is { } refusal) return refusal;
        }
        IReadOnlyList<StatusCause> causes = call switch
        {
            { Old: null } => call.Kind.ValidateCreate(call.New),
            { Subresource: "status" } => call.Kind.ValidateStatusUpdate(call.New, call.Old),
            { Subresource: "binding" } => [],
            _ => call.Kind.ValidateUpdate(call.New, call.Old),
        };
        return causes.Count == 0 ? null : Refuse(call.Kind, call.New.Metadata.Name, causes);
    }

    public static Refusal Refuse(KindDefinition kind, string name, IReadOnlyList<StatusCause> causes)
    {
        ImmutableArray<RefusalCause> list = [.. causes.Select(cause => new RefusalCause(cause.Reason, cause.Message, cause.Field))];
        return new Refusal(422, StatusReason.Invalid, kind.InvalidStatus(name, causes).Message) { Details = new RefusalDetails(name, kind.Group, kind.Kind, Causes: list) };
    }
}
