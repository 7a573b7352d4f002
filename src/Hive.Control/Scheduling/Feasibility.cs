using Hive.Objects;
using Hive.Control.Controllers;

namespace Hive.Control.Scheduling;

/// <summary>Why a pod cannot go to a node. Several may hold; none means that it fits.</summary>
[Flags]
public enum Verdict : ushort
{
    Fits = 0,
    Cordoned = 1,
    Taint = 2,
    Selector = 4,
    Cpu = 8,
    Memory = 16,
    Ephemeral = 32,
    Pods = 64,
    Extended = 128,
    Port = 256,
    Spread = 512,
    Affinity = 1024,
    AntiAffinity = 2048,
}

/// <summary>
/// The rules that a placement must keep, each judged for each node: no sampling, so that the answer to "why not there?" is the
/// answer that was acted on.
/// </summary>
public static class Feasibility
{
    /// <param name="others">Where the shape's rules about other pods stand; null when it has none and nobody has any about it.</param>
    public static Verdict Judge(NodeColumns nodes, int slot, PodShape shape, PodTopology? others)
    {
        var row = nodes.At(slot)!;
        // The first rule of a kind that a person would name; resources are all named together.
        if (row.Node.Value.Spec.Unschedulable && !ToleratesCordon(shape)) return Verdict.Cordoned;
        if (FirstUntolerated(row, shape) is not null) return Verdict.Taint;
        if (!NodeMatching.Matches(row.Node.Value, shape)) return Verdict.Selector;
        var verdict = Resources(nodes, slot, row, shape);
        if (verdict == Verdict.Fits && shape.HostPorts.Count > 0 && PortTaken(row, shape)) verdict = Verdict.Port;
        return verdict == Verdict.Fits && others is not null ? others.Judge(row.Node.Value) : verdict;
    }

    /// <summary>The taint that keeps the pod away; null when none does.</summary>
    public static Taint? FirstUntolerated(NodeColumns.Row row, PodShape shape)
    {
        for (int i = 0; i < row.Taints.Count; i++)
        {
            var taint = row.Taints[i];
            if (taint.Effect is TaintEffect.NoSchedule or TaintEffect.NoExecute && !NodeTaints.IsTolerated(shape.Tolerations, taint)) return taint;
        }
        return null;
    }

    private static Verdict Resources(NodeColumns nodes, int slot, NodeColumns.Row row, PodShape shape)
    {
        var verdict = Verdict.Fits;
        if (nodes.FreePods[slot] < 1) verdict |= Verdict.Pods;
        // What is not asked for is not missing, even on a node that is over-committed by hand.
        if (shape.MilliCpu > 0 && nodes.FreeMilliCpu[slot] < shape.MilliCpu) verdict |= Verdict.Cpu;
        if (shape.MemoryBytes > 0 && nodes.FreeMemoryBytes[slot] < shape.MemoryBytes) verdict |= Verdict.Memory;
        if (shape.EphemeralBytes > 0 && nodes.FreeEphemeralBytes[slot] < shape.EphemeralBytes) verdict |= Verdict.Ephemeral;
        for (int i = 0; i < shape.Extended.Count; i++)
        {
            var (name, amount) = shape.Extended[i];
            if (row.FreeExtended.GetValueOrDefault(name) < amount) verdict |= Verdict.Extended;
        }
        return verdict;
    }

    private static bool PortTaken(NodeColumns.Row row, PodShape shape)
    {
        foreach (var wanted in shape.HostPorts)
        {
            foreach (var (_, taken) in row.Ports)
            {
                if (wanted.Collides(taken)) return true;
            }
        }
        return false;
    }

    private static bool ToleratesCordon(PodShape shape) =>
        NodeTaints.IsTolerated(shape.Tolerations, new Taint { Key = NodeTaints.Unschedulable, Effect = TaintEffect.NoSchedule });
}
