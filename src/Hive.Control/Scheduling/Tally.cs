using System.Globalization;
using System.Text;

namespace Hive.Control.Scheduling;

/// <summary>Why a pod could go nowhere: each reason with the number of nodes that gave it, in the words that kubectl's users know.</summary>
public sealed class Tally
{
    private readonly SortedDictionary<string, int> _reasons = new(StringComparer.Ordinal);
    private int _nodes;

    /// <summary>A node would do, but something about it is not visible yet: the pod is looked at again when it is.</summary>
    public bool AnyFits { get; private set; }

    public void Add(NodeColumns nodes, int slot, PodShape shape, Verdict verdict)
    {
        _nodes++;
        AnyFits |= verdict == Verdict.Fits;
        var row = nodes.At(slot)!;
        if (verdict.HasFlag(Verdict.Taint))
        {
            var taint = Feasibility.FirstUntolerated(row, shape)!;
            Add($"node(s) had untolerated taint {{{taint.Key}: {taint.Value}}}");
        }
        if (verdict.HasFlag(Verdict.Extended))
        {
            foreach (var (name, amount) in shape.Extended)
            {
                if (row.FreeExtended.GetValueOrDefault(name) < amount) Add($"Insufficient {name}");
            }
        }
        foreach (var (flag, text) in Texts)
        {
            if (verdict.HasFlag(flag)) Add(text);
        }
    }

    private static readonly (Verdict Flag, string Text)[] Texts =
    [
        (Verdict.Cordoned, "node(s) were unschedulable"),
        (Verdict.Selector, "node(s) didn't match Pod's node affinity/selector"),
        (Verdict.Cpu, "Insufficient cpu"),
        (Verdict.Memory, "Insufficient memory"),
        (Verdict.Ephemeral, "Insufficient ephemeral-storage"),
        (Verdict.Pods, "Too many pods"),
        (Verdict.Port, "node(s) didn't have free ports for the requested pod ports"),
        (Verdict.Spread, "node(s) didn't match pod topology spread constraints"),
        (Verdict.Affinity, "node(s) didn't match pod affinity rules"),
        (Verdict.AntiAffinity, "node(s) didn't match pod anti-affinity rules"),
    ];

    /// <summary><c>0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.</c></summary>
    public override string ToString()
    {
        if (_nodes == 0) return "no nodes available to schedule pods";
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"0/{_nodes} nodes are available: ");
        text.AppendJoin(", ", _reasons.Select(reason => $"{reason.Value.ToString(CultureInfo.InvariantCulture)} {reason.Key}"));
        return text.Append('.').ToString();
    }

    /// <summary>
    /// True when the messages give the same reasons, whatever the numbers: a condition is rewritten only when the reasons change, so
    /// that a large cluster's comings and goings do not rewrite every waiting pod.
    /// </summary>
    public static bool SameReasons(string left, string right) => string.Equals(WithoutNumbers(left), WithoutNumbers(right), StringComparison.Ordinal);

    private static string WithoutNumbers(string message) => string.Concat(message.Where(c => !char.IsAsciiDigit(c)));

    private void Add(string reason) => _reasons[reason] = _reasons.GetValueOrDefault(reason) + 1;
}
