using Hive.Control.Controllers;
using Hive.Control.Scheduling;

namespace Hive.Control;

/// <summary>All controllers of a Hive: the one place where one is registered. The order is part of the order in which keys run.</summary>
public static class StandardControllers
{
    /// <param name="kubernetesAddress">Cluster address of the Service <c>kubernetes</c>: the first of the Services' range.</param>
    public static ControllerCatalog Create(ControlLimits limits, string kubernetesAddress = "10.43.0.1") => new(
        new NodeLivenessController(),
        new TaintEvictionController(),
        new NamespaceController(),
        new NamespaceContentsController(),
        new KubernetesServiceController(kubernetesAddress),
        new NodeIpamController(),
        new EndpointsController(),
        new EndpointSliceController(),
        new DeploymentController(),
        new ReplicaSetController(),
        new SchedulerController(limits),
        new GarbageCollector(),
        new PodGcController(),
        new EventExpiryController());
}
