using Hive.Objects;

namespace Hive.Control;

/// <summary>
/// Events of the control plane. The name is derived from what is said about what, so that saying it again finds the same event and
/// raises its count.
/// </summary>
public static class EventWriting
{
    public const string Normal = "Normal";
    public const string Warning = "Warning";

    /// <summary>Longest message kept, in characters; what describe can show with use.</summary>
    private const int MessageLength = 1024;

    public static (ObjectKey Key, Event Value) Compose(
        IView view, in ObjectKey aboutKey, HiveObject about, string type, string reason, string message, string component, Stamp now)
    {
        if (message.Length > MessageLength) message = message[..MessageLength];
        var metadata = about.Metadata;
        string ns = aboutKey.Namespace.Length == 0 ? "default" : aboutKey.Namespace;
        ulong hash = StableHash.Of(message, StableHash.Of(reason + "/" + type + "/" + component, StableHash.Of(metadata.Uid)));
        string name = $"{(aboutKey.Name.Length > 200 ? aboutKey.Name[..200] : aboutKey.Name)}.{hash:x16}";
        var key = new ObjectKey(Resources.Events, ns, name);
        Time time = now.Wall.ToTime();
        if (view.Find<Event>(key) is { } said) return (key, said.Value with { Count = Math.Max(1, said.Value.Count) + 1, LastTimestamp = time });
        return (key, new Event
        {
            Metadata = new ObjectMeta
            {
                Name = name,
                Namespace = ns,
                Uid = StableHash.Uuid(key.ToString(), $"{view.Term}/{view.At}/{now.Log.Ticks}"),
                CreationTimestamp = time,
            },
            InvolvedObject = new ObjectReference
            {
                Kind = about.Kind,
                ApiVersion = about.ApiVersion,
                Namespace = aboutKey.Namespace,
                Name = aboutKey.Name,
                Uid = metadata.Uid,
            },
            Reason = reason,
            Message = message,
            Type = type,
            Source = new EventSource { Component = component },
            ReportingComponent = component,
            FirstTimestamp = time,
            LastTimestamp = time,
            Count = 1,
        });
    }
}
