using System.Text;
using System.Text.Json;
using Hive.Objects;
using Hive.Store;

namespace Hive.Control;

/// <summary>Which records the model decodes into which types. All else below the registry's root is kept with its metadata only.</summary>
public static class ModelKinds
{
    private abstract class ModelKind(string resource, Type type)
    {
        public string Resource { get; } = resource;
        public Type Type { get; } = type;

        /// <summary>Null: not readable as this type.</summary>
        public abstract Stored? Decode(in ObjectKey key, KeyValue pair);
    }

    private sealed class ObjectKind<T>(string resource) : ModelKind(resource, typeof(T)) where T : HiveObject, new()
    {
        public override Stored? Decode(in ObjectKey key, KeyValue pair) =>
            HiveJson.Read<T>(pair.Value) is { Ok: true } read ? new Stored<T>(key, pair.CreateRevision, pair.ModRevision, read.Value) : null;
    }

    private sealed class RecordKind<T>(string resource, Func<JsonElement, T?> read) : ModelKind(resource, typeof(T)) where T : class
    {
        public override Stored? Decode(in ObjectKey key, KeyValue pair)
        {
            using var document = JsonDocument.Parse(pair.Value);
            return document.RootElement.ValueKind == JsonValueKind.Object && read(document.RootElement) is { } value
                ? new Stored<T>(key, pair.CreateRevision, pair.ModRevision, value) : null;
        }
    }

    private sealed class TextKind(string resource) : ModelKind(resource, typeof(TextRecord))
    {
        public override Stored? Decode(in ObjectKey key, KeyValue pair) =>
            new Stored<TextRecord>(key, pair.CreateRevision, pair.ModRevision, new TextRecord(Encoding.UTF8.GetString(pair.Value.Span)));
    }

    private static readonly ModelKind[] Kinds =
    [
        new ObjectKind<ConfigMap>(Resources.ConfigMaps),
        new ObjectKind<Deployment>(Resources.Deployments),
        new ObjectKind<Hive.Objects.Endpoints>(Resources.Endpoints),
        new ObjectKind<EndpointSlice>(Resources.EndpointSlices),
        new ObjectKind<Event>(Resources.Events),
        new ObjectKind<Namespace>(Resources.Namespaces),
        new ObjectKind<Node>(Resources.Nodes),
        new ObjectKind<Pod>(Resources.Pods),
        new ObjectKind<ReplicaSet>(Resources.ReplicaSets),
        new ObjectKind<ServiceAccount>(Resources.ServiceAccounts),
        new ObjectKind<Service>(Resources.Services),
        new RecordKind<SessionRecord>(Resources.Sessions, element => new SessionRecord(Text(element, "nodeUid"), Text(element, "bootId"), Text(element, "lease"))),
        new RecordKind<QueenRecord>(Resources.Queens, element =>
            element.TryGetProperty("port", out var port) && port.TryGetInt32(out int number) && Text(element, "address") is { Length: > 0 } address
                ? new QueenRecord(address, number) : null),
        new TextKind(Resources.ClusterCa),
    ];

    /// <summary>Kinds that are stored but have no type here; an owner of such a kind that is absent is truly absent.</summary>
    private static readonly (string Kind, string Resource)[] StoredWithoutType =
    [
        ("CronJob", "cronjobs"), ("DaemonSet", "daemonsets"), ("Job", "jobs"), ("Lease", "leases"), ("PersistentVolumeClaim", "persistentvolumeclaims"),
        ("ReplicationController", "replicationcontrollers"), ("Secret", "secrets"), ("StatefulSet", "statefulsets"),
    ];

    private static readonly Dictionary<string, ModelKind> ByResource = Kinds.ToDictionary(kind => kind.Resource, StringComparer.Ordinal);
    private static readonly Dictionary<Type, string> ResourceByType = Kinds.ToDictionary(kind => kind.Type, kind => kind.Resource);

    public static string ResourceOf<T>() where T : class => ResourceByType[typeof(T)];

    /// <summary>Kinds whose generation counts changes of their spec.</summary>
    public static bool HasGeneration(string resource) => resource is Resources.Deployments or Resources.ReplicaSets or Resources.EndpointSlices or Resources.Pods;

    /// <summary>
    /// Where objects of a kind are stored. False: the kind is not known, and nothing may be concluded from an object's absence
    /// (never collect on ignorance).
    /// </summary>
    public static bool TryResource(string kind, out string resource)
    {
        foreach (var known in Kinds)
        {
            if (known.Type.IsAssignableTo(typeof(HiveObject)) && string.Equals(known.Type.Name, kind, StringComparison.Ordinal))
            {
                resource = known.Resource;
                return true;
            }
        }
        foreach (var (name, stored) in StoredWithoutType)
        {
            if (!string.Equals(name, kind, StringComparison.Ordinal)) continue;
            resource = stored;
            return true;
        }
        resource = "";
        return false;
    }

    /// <summary>False: the value is not readable.</summary>
    public static bool TryDecode(in ObjectKey key, KeyValue pair, out Stored? stored)
    {
        try
        {
            stored = ByResource.TryGetValue(key.Resource, out var kind) ? kind.Decode(key, pair) : DecodeOpaque(key, pair);
        }
        catch (JsonException)
        {
            // Anybody may put any bytes under any key through the etcd face: the caller counts the record as unreadable.
            stored = null;
        }
        return stored is not null;
    }

    private static Stored<OpaqueObject>? DecodeOpaque(in ObjectKey key, KeyValue pair)
    {
        using var document = JsonDocument.Parse(pair.Value);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) return null;
        var metadata = new ObjectMeta();
        if (root.TryGetProperty("metadata", out var element))
        {
            if (HiveJson.Read<ObjectMeta>(Encoding.UTF8.GetBytes(element.GetRawText())) is not { Ok: true } read) return null;
            metadata = read.Value;
        }
        var value = new OpaqueObject(Text(root, "apiVersion"), Text(root, "kind"), pair.Value) { Metadata = metadata };
        return new Stored<OpaqueObject>(key, pair.CreateRevision, pair.ModRevision, value);
    }

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
