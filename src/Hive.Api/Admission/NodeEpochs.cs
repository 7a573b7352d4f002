using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Admission;

/// <summary>Moves a node's epoch with every write that could make a placement wrong: it voids bindings that were decided on the state before (CONTROL.md §6).</summary>
public sealed class NodeEpochs : IAdmissionRule
{
    public Refusal? Admit(AdmissionCall call)
    {
        if (call.New is Node node && MattersToPlacement(call.Old as Node, node)) call.Bumps.Add(HiddenKeys.NodeEpoch(node.Metadata.Name));
        if (call.New is Pod pod && pod.Spec.NodeName.Length > 0 && (call.Old as Pod)?.Spec.NodeName != pod.Spec.NodeName)
        {
            call.Bumps.Add(HiddenKeys.NodeEpoch(pod.Spec.NodeName));
        }
        return null;
    }

    private static bool MattersToPlacement(Node? old, Node node) =>
        old is null
        || old.Spec.Unschedulable != node.Spec.Unschedulable
        || !old.Spec.Taints.SequenceEqual(node.Spec.Taints)
        || !old.Metadata.Labels.Equals(node.Metadata.Labels)
        || !old.Status.Allocatable.Equals(node.Status.Allocatable)
        || (old.Metadata.DeletionTimestamp is null) != (node.Metadata.DeletionTimestamp is null);
}
