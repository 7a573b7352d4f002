using Hive.Objects;

namespace Hive.Control.Tests;

/// <summary>What users, drones and bad luck may do to a cluster, one random step at a time. Few names, so that steps meet.</summary>
internal sealed class WorldActions(Cluster cluster, int seed)
{
    private static readonly string[] Spaces = ["default", "other"];
    private static readonly string[] Values = ["web", "db"];
    private readonly Random _random = new(seed);

    /// <summary>Does one thing, and says what.</summary>
    public string Step() => _random.Next(22) switch
    {
        0 or 1 => Deploy(),
        2 => Scale(),
        3 => Roll(),
        4 => Set(),
        5 or 6 => OrphanPod(),
        7 => RelabelPod(),
        8 or 9 => ChangePodStatus(),
        10 => AskPodToGo(),
        11 => RemoveSomething(),
        12 => Serve(),
        13 => JoinNode(),
        14 => ChangeNode(),
        15 => ChangeSession(),
        16 => OwnSomething(),
        17 => AskOwnerToGo(),
        18 => ChangeNamespace(),
        19 => ChangeQueen(),
        20 => TouchOwnProducts(),
        _ => Pass(),
    };

    private string Deploy()
    {
        string label = Pick(Values);
        var value = Samples.Deployment("d" + _random.Next(3), _random.Next(4), _random.Next(3), _random.Next(2), $"web:{_random.Next(3)}");
        if (_random.Next(4) == 0) value = value with { Spec = value.Spec with { Strategy = new DeploymentStrategy { Type = "Recreate" } } };
        var template = value.Spec.Template with { Metadata = new ObjectMeta { Labels = Label(label) } };
        value = value with
        {
            Metadata = value.Metadata with { Namespace = Pick(Spaces) },
            Spec = value.Spec with { Selector = new LabelSelector { MatchLabels = Label(label) }, Template = template, Paused = _random.Next(6) == 0 },
        };
        if (cluster.Find<Deployment>(value.Namespace, value.Name) is { } old)
            value = value with { Metadata = old.Metadata with { Generation = old.Metadata.Generation + 1 }, Status = old.Status, Spec = value.Spec with { Selector = old.Spec.Selector, Template = value.Spec.Template with { Metadata = old.Spec.Template.Metadata } } };
        cluster.Put(value);
        return $"put deployment {value.Namespace}/{value.Name}";
    }

    private string Scale() => OnOne<ReplicaSet>(set => set with { Spec = set.Spec with { Replicas = _random.Next(4) }, Metadata = set.Metadata with { Generation = set.Metadata.Generation + 1 } });

    private string Roll() => OnOne<Deployment>(web => web with
    {
        Metadata = web.Metadata with { Generation = web.Metadata.Generation + 1 },
        Spec = web.Spec with { Replicas = _random.Next(5), Template = web.Spec.Template with { Spec = Samples.Spec($"web:{_random.Next(3)}") } },
    });

    private string Set()
    {
        var set = Samples.ReplicaSet("s" + _random.Next(2), _random.Next(3));
        var labels = Label(Pick(Values));
        set = set with
        {
            Metadata = set.Metadata with { Labels = labels, Namespace = Pick(Spaces) },
            Spec = set.Spec with { Selector = new LabelSelector { MatchLabels = labels }, Template = set.Spec.Template with { Metadata = new ObjectMeta { Labels = labels } } },
        };
        if (cluster.Find<ReplicaSet>(set.Namespace, set.Name) is not null) return "nothing";
        cluster.Put(set);
        return $"put replica set {set.Name}";
    }

    private string OrphanPod()
    {
        var pod = Samples.Pod("p" + _random.Next(4), Samples.Spec(cpu: _random.Next(2) == 0 ? "500m" : null, ports: new ContainerPort { Name = "http", Port = 8000 + _random.Next(2), Protocol = "TCP" }), Label(Pick(Values)));
        pod = pod with { Metadata = pod.Metadata with { Namespace = Pick(Spaces) }, Spec = pod.Spec with { NodeName = _random.Next(3) == 0 ? "n" + _random.Next(4) : "" } };
        if (cluster.Find<Pod>(pod.Namespace, pod.Name) is not null) return "nothing";
        cluster.Put(pod);
        return $"put pod {pod.Name}";
    }

    private string RelabelPod() => OnOne<Pod>(pod => pod with { Metadata = pod.Metadata with { Labels = Label(Pick(Values)) } });

    private string ChangePodStatus() => OnOne<Pod>(pod => _random.Next(5) switch
    {
        0 when pod.Spec.NodeName.Length > 0 => pod with { Status = pod.Status with { Phase = _random.Next(2) == 0 ? "Failed" : "Succeeded" } },
        _ when pod.Spec.NodeName.Length > 0 => Samples.Started(pod, cluster.Now.Wall.ToTime(), $"10.42.0.{_random.Next(1, 250)}", _random.Next(3) > 0),
        _ => pod,
    });

    private string AskPodToGo() => OnOne<Pod>(pod => pod with
    {
        Metadata = pod.Metadata with { DeletionTimestamp = cluster.Now.Wall.ToTime().AddSeconds(30), DeletionGracePeriodSeconds = 30 },
    });

    private string RemoveSomething()
    {
        var all = cluster.Node.Model.Everything().Where(stored => stored.Key.Resource is not (Resources.Namespaces or Resources.Sessions)).ToList();
        if (all.Count == 0) return "nothing";
        var gone = all[_random.Next(all.Count)];
        cluster.DeleteRaw(System.Text.Encoding.UTF8.GetString(gone.Key.ToStoreKey()));
        return $"remove {gone.Key}";
    }

    private string Serve()
    {
        var service = Samples.Service("v" + _random.Next(2), new ServicePort { Name = "http", Port = 80, TargetPort = _random.Next(2) == 0 ? "http" : 8080, Protocol = "TCP" });
        service = service with { Metadata = service.Metadata with { Namespace = Pick(Spaces) }, Spec = service.Spec with { Selector = Label(Pick(Values)) } };
        if (cluster.Find<Service>(service.Namespace, service.Name) is { } old) service = service with { Metadata = old.Metadata };
        cluster.Put(service);
        return $"put service {service.Name}";
    }

    private string JoinNode()
    {
        var node = Samples.Node("n" + _random.Next(4), ready: _random.Next(4) > 0, zone: "z" + _random.Next(2));
        if (cluster.Find<Hive.Objects.Node>("", node.Name) is not null) return "nothing";
        new Drones(cluster).Join(node);
        return $"join {node.Name}";
    }

    private string ChangeNode() => OnOne<Hive.Objects.Node>(node => _random.Next(4) switch
    {
        0 => node with { Spec = node.Spec with { Unschedulable = !node.Spec.Unschedulable } },
        1 => node with { Spec = node.Spec with { Taints = [.. node.Spec.Taints.Where(taint => taint.Key != "mine"), new Taint { Key = "mine", Effect = _random.Next(2) == 0 ? "NoSchedule" : "NoExecute", TimeAdded = cluster.Now.Wall.ToTime() }] } },
        2 => node with { Status = node.Status with { Conditions = [new NodeCondition { Type = "Ready", Status = Pick(["True", "False"]), Reason = "Drone" }] } },
        _ => node with { Metadata = node.Metadata with { Labels = node.Metadata.Labels.With("topology.kubernetes.io/zone", "z" + _random.Next(2)) } },
    });

    private string ChangeSession()
    {
        string name = "n" + _random.Next(4);
        if (cluster.View.Find(new ObjectKey(Resources.Sessions, "", name)) is not null) cluster.DeleteRaw(HiveKeys.Session(name));
        else if (cluster.Find<Hive.Objects.Node>("", name) is { } node) cluster.PutRaw(HiveKeys.Session(name), $$"""{"nodeUid":"{{node.Metadata.Uid}}","bootId":"b","lease":"1"}""");
        return $"session of {name}";
    }

    /// <summary>A ConfigMap owned by something that exists, or that does not.</summary>
    private string OwnSomething()
    {
        var owners = cluster.Node.Model.Everything().Where(stored => stored.Key is { Namespace: "default", Resource: Resources.ConfigMaps or Resources.Deployments or Resources.Services }).ToList();
        string name = "c" + _random.Next(4);
        var owner = owners.Count > 0 && _random.Next(3) > 0 ? owners[_random.Next(owners.Count)] : null;
        if (owner?.Key.Name == name || cluster.Find<ConfigMap>("default", name) is not null) return "nothing";
        var reference = owner is null
            ? new OwnerReference { ApiVersion = "v1", Kind = Pick(["ConfigMap", "Unheard"]), Name = "gone", Uid = "gone" + _random.Next(2) }
            : new OwnerReference { ApiVersion = owner.Object!.ApiVersion, Kind = owner.Object.Kind, Name = owner.Key.Name, Uid = owner.Uid, BlockOwnerDeletion = _random.Next(2) == 0 };
        cluster.Put(new ConfigMap { Metadata = new ObjectMeta { Name = name, Namespace = "default", OwnerReferences = [reference] } });
        return $"own {name}";
    }

    private string AskOwnerToGo()
    {
        var all = cluster.All<ConfigMap>("default");
        if (all.Count == 0) return "nothing";
        var owner = all[_random.Next(all.Count)];
        if (owner.Metadata.DeletionTimestamp is not null) return "nothing";
        cluster.Put(owner with { Metadata = owner.Metadata with { DeletionTimestamp = cluster.Now.Wall.ToTime(), Finalizers = [Pick(["foregroundDeletion", "orphan", "mine.io/own"])] } });
        return $"ask {owner.Name} to go";
    }

    private string ChangeNamespace()
    {
        if (cluster.Find<Namespace>("", "other") is not { } space)
            cluster.Put(new Namespace { Metadata = new ObjectMeta { Name = "other" }, Spec = new NamespaceSpec { Finalizers = ["kubernetes"] }, Status = new NamespaceStatus { Phase = "Active" } });
        else if (space.Metadata.DeletionTimestamp is null && _random.Next(2) == 0)
            cluster.Put(space with { Metadata = space.Metadata with { DeletionTimestamp = cluster.Now.Wall.ToTime() }, Status = space.Status with { Phase = "Terminating" } });
        return "namespace other";
    }

    private string ChangeQueen()
    {
        string key = HiveKeys.Queen(new MemberId((ulong)_random.Next(1, 4)));
        if (_random.Next(3) == 0) cluster.DeleteRaw(key);
        else cluster.PutRaw(key, $$"""{"address":"10.0.0.{{_random.Next(1, 4)}}","port":{{6443 + _random.Next(2)}}}""");
        return $"queen {key}";
    }

    /// <summary>Someone writes into what the control plane keeps.</summary>
    private string TouchOwnProducts() => _random.Next(3) switch
    {
        0 => OnOne<EndpointSlice>(slice => slice with { Endpoints = [] }),
        1 => OnOne<Hive.Objects.Endpoints>(endpoints => endpoints with { Subsets = [] }),
        _ => OnOne<ReplicaSet>(set => set with { Metadata = set.Metadata with { Labels = set.Metadata.Labels.With("app", Pick(Values)) } }),
    };

    private string Pass()
    {
        cluster.Advance(TimeSpan.FromSeconds(_random.Next(1, 40)));
        return "time passes";
    }

    private string OnOne<T>(Func<T, T> change) where T : HiveObject
    {
        var all = cluster.All<T>();
        if (all.Count == 0) return "nothing";
        var changed = change(all[_random.Next(all.Count)]);
        cluster.Put(changed);
        return $"change {typeof(T).Name} {changed.Name}";
    }

    private static StringMap Label(string value) => StringMap.Of(("app", value));

    private string Pick(string[] values) => values[_random.Next(values.Length)];
}
