using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Admission;

/// <summary>What a drone makes must be its own: its Node, its lease, pods on itself. Authorization cannot see it, because the name stands in the body.</summary>
public sealed class NodeOwnership : IAdmissionRule
{
    public Refusal? Admit(AdmissionCall call)
    {
        string node = call.User.NodeName;
        if (node.Length == 0 || !call.IsCreate) return null;
        bool own = call.New switch
        {
            Node made => made.Metadata.Name == node,
            Lease lease => lease.Metadata.Name == node,
            Pod pod => pod.Spec.NodeName == node,
            _ => true,
        };
        return own ? null : Refusals.Forbidden(call.Kind.Plural, call.Kind.Group, call.New.Metadata.Name, $"node \"{node}\" is not allowed to create what is not its own");
    }
}
