using System.Globalization;
using System.Text;
using Hive.Drone.Pods;

namespace Hive.Drone.Runtimes.Process;

/// <summary>
/// Where the process runtime keeps what. Everything that a restarted drone must know lies in these files:
/// <code>
/// bin/hive-cell-...            the static program
/// images/NAME/image.json       entry point, arguments, environment; rootfs/ beside it
/// pods/UID/sandbox.json        the pod's name, address and attempt
/// pods/UID/CONTAINER-ATTEMPT/  container.json, cell.spec, state, log, upper, work, merged
/// exits/ID                     "code signal time", written when the container has ended
/// </code>
/// </summary>
internal sealed class ProcessPaths(string root)
{
    public string Root => root;
    public string Programs => Path.Combine(root, "bin");
    public string Images => Path.Combine(root, "images");
    public string Pods => Path.Combine(root, "pods");
    public string Exits => Path.Combine(root, "exits");

    public void Make()
    {
        foreach (string directory in new[] { Images, Pods, Exits }) Directory.CreateDirectory(directory);
    }

    public string Pod(PodUid uid) => Path.Combine(Pods, Safe(uid.Value));
    public string Sandbox(PodUid uid) => Path.Combine(Pod(uid), "sandbox.json");
    public string Container(ContainerId id) => Path.Combine(Pod(id.Pod), string.Create(CultureInfo.InvariantCulture, $"{Safe(id.Container)}-{id.Attempt}"));
    public string Exit(ContainerId id) => Path.Combine(Exits, Safe(id.ToString()));

    /// <summary>Slash and colon are written as %2F and %3A: an overlay's options know no colon in a path.</summary>
    public string Image(string reference) =>
        Path.Combine(Images, string.Join("%2F", reference.Split('/').Select(Safe)).Replace(":", "%3A", StringComparison.Ordinal));

    /// <summary>No name from outside may leave its directory.</summary>
    private static string Safe(string name)
    {
        var safe = new StringBuilder(name.Length);
        foreach (char c in name) safe.Append(char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or ':' or '.' ? c : '_');
        return safe.ToString() is "." or ".." or "" ? "_" : safe.ToString();
    }
}

/// <summary>A container's or sandbox's name in this runtime: <c>UID_CONTAINER_ATTEMPT</c>; a container's name holds no underscore.</summary>
internal readonly record struct ContainerId(PodUid Pod, string Container, int Attempt)
{
    /// <summary>Stands in place of a container's name for the sandbox.</summary>
    public const string Sandbox = "POD";

    public bool IsSandbox => Container == Sandbox;

    public static bool TryParse(string text, out ContainerId id)
    {
        id = default;
        int last = text.LastIndexOf('_');
        int first = last <= 0 ? -1 : text.LastIndexOf('_', last - 1);
        if (first <= 0 || !int.TryParse(text.AsSpan(last + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int attempt)) return false;
        id = new ContainerId(new PodUid(text[..first]), text[(first + 1)..last], attempt);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pod}_{Container}_{Attempt}");
}
