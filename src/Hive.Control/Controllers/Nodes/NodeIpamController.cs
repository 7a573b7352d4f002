using System.Globalization;
using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>
/// Gives each node the lowest free /24 of the pods' range. All nodes are one key, so that two of them never choose at once: by the in-flight
/// rule the second choice is made on a view that shows the first.
/// </summary>
public sealed class NodeIpamController(string firstOctets = "10.42") : IController
{
    private const int Subnets = 256;
    private static readonly ObjectKey Together = new(Resources.Nodes, "", "");

    public string Name => "node-ipam-controller";

    public Band Band => Band.User;

    public void Begin(IView view, IWakeList wake) => wake.Add(Together);

    public void Wake(in Change change, IView view, IWakeList wake)
    {
        if (change.Key.Resource == Resources.Nodes && (change.Before is null || change.After is null || change.Is<Node>()?.Spec.PodCIDR.Length == 0)) wake.Add(Together);
    }

    public Plan Reconcile(IView view, ObjectKey key, Stamp now)
    {
        var plan = new PlanBuilder(view, now, Name);
        var taken = new SortedSet<string>(StringComparer.Ordinal);
        var waiting = new List<Stored<Node>>();
        foreach (var node in view.All<Node>())
        {
            if (node.Value.Spec.PodCIDR.Length > 0) taken.Add(node.Value.Spec.PodCIDR);
            else if (!node.IsTerminating) waiting.Add(node);
        }
        int next = 0;
        foreach (var node in waiting)
        {
            while (next < Subnets && taken.Contains(Subnet(next))) next++;
            if (next == Subnets)
            {
                plan.Tell(node, EventWriting.Warning, "CIDRNotAvailable", "The pods' address range has no free subnet left for this node");
                break;
            }
            string subnet = Subnet(next++);
            plan.Replace(node, node.Value with { Spec = node.Value.Spec with { PodCIDR = subnet, PodCIDRs = [subnet] } });
            if (plan.IsFull) break;
        }
        if (plan.IsFull) plan.LookAgainNow();
        return plan.Build();
    }

    private string Subnet(int index) => $"{firstOctets}.{index.ToString(CultureInfo.InvariantCulture)}.0/24";
}
