using Hive.Objects;

namespace Hive.Control.Tests;

/// <summary>Objects as users and drones write them, defaults set.</summary>
internal static class Samples
{
    public static readonly StringMap Web = StringMap.Of(("app", "web"));

    public static Node Node(string name, string cpu = "4", string memory = "8Gi", string pods = "110", bool ready = true, string? zone = null) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            // Registered long ago: what is lost now is lost at once.
            CreationTimestamp = new Time(1),
            Labels = zone is null
                ? StringMap.Of(("kubernetes.io/hostname", name))
                : StringMap.Of(("kubernetes.io/hostname", name), ("topology.kubernetes.io/zone", zone)),
        },
        Status = new NodeStatus
        {
            Allocatable = OrdinalMap.FromPairs<Quantity>(
            [
                new("cpu", Quantity.Parse(cpu)), new("memory", Quantity.Parse(memory)), new("pods", Quantity.Parse(pods)),
            ]),
            Conditions = [new NodeCondition { Type = "Ready", Status = ready ? "True" : "False", Reason = "Drone" }],
        },
    };

    public static PodSpec Spec(string image = "web:1", string? cpu = null, string? memory = null, params ContainerPort[] ports) => new()
    {
        Containers =
        [
            new Container
            {
                Name = "main",
                Image = image,
                Ports = ports,
                Resources = new ResourceRequirements
                {
                    Requests = OrdinalMap.FromPairs(new[] { ("cpu", cpu), ("memory", memory) }
                        .Where(request => request.Item2 is not null)
                        .Select(request => new KeyValuePair<string, Quantity>(request.Item1, Quantity.Parse(request.Item2!)))),
                },
            },
        ],
        RestartPolicy = "Always",
        SchedulerName = "default-scheduler",
        TerminationGracePeriodSeconds = 30,
    };

    public static Pod Pod(string name, PodSpec? spec = null, StringMap? labels = null, string node = "") => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default", Labels = labels ?? Web },
        Spec = (spec ?? Spec()) with { NodeName = node },
        Status = new PodStatus { Phase = "Pending" },
    };

    public static PodTemplateSpec Template(string image = "web:1", string? cpu = null) =>
        new() { Metadata = new ObjectMeta { Labels = Web }, Spec = Spec(image, cpu) };

    public static ReplicaSet ReplicaSet(string name, int replicas) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default", Labels = Web },
        Spec = new ReplicaSetSpec { Replicas = replicas, Selector = new LabelSelector { MatchLabels = Web }, Template = Template() },
    };

    public static Deployment Deployment(string name, int replicas, IntOrString? surge = null, IntOrString? unavailable = null, string image = "web:1") => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default", Labels = Web },
        Spec = new DeploymentSpec
        {
            Replicas = replicas,
            Selector = new LabelSelector { MatchLabels = Web },
            Template = Template(image),
            Strategy = new DeploymentStrategy
            {
                Type = "RollingUpdate",
                RollingUpdate = new RollingUpdateDeployment { MaxSurge = surge ?? "25%", MaxUnavailable = unavailable ?? "25%" },
            },
            RevisionHistoryLimit = 10,
            ProgressDeadlineSeconds = 600,
        },
    };

    public static Service Service(string name, params ServicePort[] ports) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new ServiceSpec
        {
            Selector = Web,
            Type = "ClusterIP",
            ClusterIP = "10.43.0.9",
            Ports = ports.Length > 0 ? ports : [new ServicePort { Name = "http", Protocol = "TCP", Port = 80, TargetPort = 8080 }],
        },
    };

    public static Pod Started(Pod pod, Time now, string address, bool ready = true) => pod with
    {
        Status = pod.Status with
        {
            Phase = "Running",
            PodIP = address,
            Conditions = PodConditions.With(pod, new PodCondition { Type = "Ready", Status = ready ? "True" : "False", LastTransitionTime = now }),
        },
    };
}

/// <summary>Drones that do at once what they are told: start what is bound, remove what was asked to go.</summary>
internal sealed class Drones(Cluster cluster)
{
    private int _addresses;

    /// <summary>At most so many pods start, and so many stop, at a time.</summary>
    public int Pace { get; set; } = int.MaxValue;

    /// <summary>Registers nodes with live sessions.</summary>
    public void Join(params ReadOnlySpan<Node> nodes)
    {
        foreach (var node in nodes)
        {
            var stored = cluster.Put(node);
            cluster.PutRaw(HiveKeys.Session(node.Name), $$"""{"nodeUid":"{{stored.Metadata.Uid}}","bootId":"b","lease":"1"}""");
        }
    }

    public void Lose(string node) => cluster.DeleteRaw(HiveKeys.Session(node));

    public void Work()
    {
        int started = 0, stopped = 0;
        foreach (var pod in cluster.All<Pod>())
        {
            if (pod.Spec.NodeName.Length == 0 || cluster.View.Find(new ObjectKey(Resources.Sessions, "", pod.Spec.NodeName)) is null) continue;
            if (pod.Metadata.DeletionTimestamp is not null)
            {
                if (stopped++ < Pace) cluster.Remove<Pod>(pod.Namespace, pod.Name);
            }
            else if (pod.Status.Phase == "Pending" && started++ < Pace)
            {
                int number = ++_addresses;
                cluster.Put(Samples.Started(pod, cluster.Now.Wall.ToTime(), $"10.42.{number / 250}.{number % 250 + 1}"));
            }
        }
    }
}
