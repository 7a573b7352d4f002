using Hive.Objects;

namespace Hive.Control;

/// <summary>One consistent state of the cluster. Every enumeration is in key order. Reading has no effect.</summary>
public interface IView
{
    Revision At { get; }

    /// <summary>The term under which decisions are made on this view; part of what makes derived UIDs unique.</summary>
    Term Term { get; }

    Stored? Find(ObjectKey key);
    Stored? FindUid(string uid);
    IEnumerable<Stored> OwnedBy(string uid);
    IEnumerable<Stored<Pod>> PodsOn(string node);
    IEnumerable<Stored<T>> All<T>(string? ns = null) where T : class;
    IEnumerable<Stored<T>> Matching<T>(string ns, Selector selector) where T : class;

    /// <summary>Objects that the selector picks and that no controller owns.</summary>
    IEnumerable<Stored<T>> Orphans<T>(string ns, Selector selector) where T : class;

    /// <summary>Every object of every kind in a namespace.</summary>
    IEnumerable<Stored> InNamespace(string ns);
}

/// <summary>What controllers ask of a view in their own words.</summary>
public static class ViewReading
{
    public static Stored<T>? Find<T>(this IView view, string ns, string name) where T : class =>
        view.Find(new ObjectKey(ModelKinds.ResourceOf<T>(), ns, name)) as Stored<T>;

    public static Stored<T>? Find<T>(this IView view, ObjectKey key) where T : class => view.Find(key) as Stored<T>;

    public static IEnumerable<Stored<T>> OwnedBy<T>(this IView view, string uid) where T : class => view.OwnedBy(uid).OfType<Stored<T>>();
}

/// <summary>The model as a view, decided on in one term.</summary>
public sealed class View(ClusterModel model, Term term) : IView
{
    public Revision At => model.At;

    public Term Term => term;

    public Stored? Find(ObjectKey key) => model.Find(key);

    public Stored? FindUid(string uid) => model.FindUid(uid);

    public IEnumerable<Stored> OwnedBy(string uid) => model.OwnedBy(uid);

    public IEnumerable<Stored<Pod>> PodsOn(string node) => model.PodsOn(node).Cast<Stored<Pod>>();

    public IEnumerable<Stored<T>> All<T>(string? ns = null) where T : class =>
        model.All(ModelKinds.ResourceOf<T>(), ns).Cast<Stored<T>>();

    public IEnumerable<Stored<T>> Matching<T>(string ns, Selector selector) where T : class =>
        model.Matching(ModelKinds.ResourceOf<T>(), ns, selector).Cast<Stored<T>>();

    public IEnumerable<Stored<T>> Orphans<T>(string ns, Selector selector) where T : class =>
        model.Orphans(ModelKinds.ResourceOf<T>(), ns, selector).Cast<Stored<T>>();

    public IEnumerable<Stored> InNamespace(string ns) => model.InNamespace(ns);
}
