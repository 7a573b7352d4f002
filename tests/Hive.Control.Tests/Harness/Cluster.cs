using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using Hive.Objects;
using Hive.Store;

namespace Hive.Control.Tests;

/// <summary>
/// A cluster in one thread: the real store, the real control node, a log that is a counter, a clock that is a number. Users and drones write by
/// putting objects; batches of the control plane are applied in order, each as one entry.
/// </summary>
internal sealed class Cluster
{
    private readonly Queue<RevisionChanges> _feed = new();
    private ulong _index;
    private long _uids;

    public Cluster(ControlLimits? limits = null, params IController[] controllers)
    {
        Limits = (limits ?? ControlLimits.Default) with { Rethrow = true };
        Store.Changed += _feed.Enqueue;
        Controllers = controllers.Length > 0 ? [.. controllers] : StandardControllers.Create(Limits).Controllers;
        Node = new ControlNode(new ControllerCatalog(Controllers), Limits, new StoreCounters(Store.Snapshot));
    }

    public KeyValueStore Store { get; } = new();
    public ControlLimits Limits { get; }
    public ImmutableArray<IController> Controllers { get; }
    public ControlNode Node { get; }
    public Term Term { get; private set; } = new(1);

    /// <summary>Both clocks; 2026-01-01 and on.</summary>
    public Stamp Now { get; private set; } = new(new LogTime(TimeSpan.TicksPerSecond), new WallTime(new DateTime(2026, 1, 1, 0, 0, 1, DateTimeKind.Utc).Ticks));

    /// <summary>Called after each revision, with a view of the model at it.</summary>
    public Action<IView>? AtEveryRevision { get; set; }

    public IView View => new View(Node.Model, Term);

    public static Cluster Leading(params IController[] controllers)
    {
        var cluster = new Cluster(null, controllers);
        cluster.Lead();
        return cluster;
    }

    public void Lead()
    {
        Term = Term.Next;
        Apply(ReadOnlyMemory<byte>.Empty);
        if (Node.Model.At == Revision.Zero) Node.Step(new ControlInput.Rebuilt(Store.Snapshot()));
        Feed();
        Node.Step(new ControlInput.Lead(Term, Store.Revision, Now));
    }

    public ApplyResult Apply(Command command)
    {
        var buffer = new ArrayBufferWriter<byte>();
        CommandCodec.Encode(command, buffer);
        return Apply(buffer.WrittenMemory);
    }

    public ApplyResult Apply(ReadOnlyMemory<byte> entry) => Store.Apply(new LogIndex(++_index), Term, Now, entry);

    public void Advance(TimeSpan span)
    {
        Now = new Stamp(Now.Log + span, new WallTime(Now.Wall.Ticks + span.Ticks));
        Node.Step(new ControlInput.Tick(Now));
    }

    /// <summary>Hands the model all that apply has made.</summary>
    public void Feed()
    {
        while (_feed.TryDequeue(out var changes))
        {
            Node.Step(new ControlInput.Applied([changes]));
            AtEveryRevision?.Invoke(View);
        }
    }

    /// <summary>Applies what the control plane orders until it orders nothing more. Answers with the number of batches.</summary>
    public int Settle(int most = 2_000)
    {
        int batches = 0;
        for (int turn = 0; turn < most; turn++)
        {
            Feed();
            Node.Step(new ControlInput.Tick(Now));
            var ready = Node.TakeReady();
            if (ready.Propose.IsEmpty && Node.IsQuiet(Now.Log) && _feed.Count == 0)
            {
                // A pause after conflicts is part of coming to rest; a deadline of seconds is not.
                if (ready.WakeAt is not { } due || due - Now.Log > TimeSpan.FromMilliseconds(500)) return batches;
                Advance(due - Now.Log);
                continue;
            }
            foreach (var batch in ready.Propose)
            {
                batches++;
                Decide(batch);
            }
        }
        throw new InvalidOperationException("the control plane does not come to rest");
    }

    public ControlBatchResult Decide(ControlBatchCommand batch)
    {
        var applied = Apply(batch);
        var result = (ControlBatchResult)applied.Result!;
        Feed();
        var fate = applied.Error == StoreError.Fenced ? BatchFate.Fenced : BatchFate.Applied;
        Node.Step(new ControlInput.Decided(new BatchResult(batch.Header.Leadership, batch.Header.Sequence, fate, applied.Revision, result.Outcomes)));
        return result;
    }

    /// <summary>Lets time pass in steps, settling after each, and the drones do their part if there are any.</summary>
    public void Run(int seconds, Action? each = null)
    {
        for (int i = 0; i < seconds; i++)
        {
            each?.Invoke();
            Settle();
            Advance(TimeSpan.FromSeconds(1));
        }
        Settle();
    }

    // ---- users and drones --------------------------------------------------------------------------------

    public T Put<T>(T value) where T : HiveObject
    {
        var key = new ObjectKey(ModelKinds.ResourceOf<T>(), value.Metadata.Namespace, value.Metadata.Name);
        var metadata = value.Metadata;
        if (metadata.Uid.Length == 0) metadata = metadata with { Uid = $"uid-{++_uids}" };
        if (metadata.CreationTimestamp is null) metadata = metadata with { CreationTimestamp = Now.Wall.ToTime() };
        if (metadata.Generation == 0) metadata = metadata with { Generation = 1 };
        value = value with { Metadata = metadata };
        ImmutableArray<ReadOnlyMemory<byte>> bumps = value is Hive.Objects.Node node ? [Encoding.UTF8.GetBytes(HiddenKeys.NodeEpoch(node.Name))] : [];
        Apply(new MutateCommand(new PutOperation(key.ToStoreKey(), HiveJson.Write(value)), Bumps: bumps));
        Feed();
        return value;
    }

    public void PutRaw(string key, string json)
    {
        Apply(new MutateCommand(new PutOperation(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(json))));
        Feed();
    }

    public void DeleteRaw(string key)
    {
        Apply(new MutateCommand(new DeleteOperation(Encoding.UTF8.GetBytes(key))));
        Feed();
    }

    public T Change<T>(string ns, string name, Func<T, T> change) where T : HiveObject
    {
        var changed = change(Get<T>(ns, name));
        return Put(changed);
    }

    /// <summary>As <see cref="Change"/>, with the next generation: a change of spec.</summary>
    public T ChangeSpec<T>(string ns, string name, Func<T, T> change) where T : HiveObject =>
        Change<T>(ns, name, old => change(old) is var next ? next with { Metadata = next.Metadata with { Generation = next.Metadata.Generation + 1 } } : old);

    public void Remove<T>(string ns, string name) where T : HiveObject
    {
        var key = new ObjectKey(ModelKinds.ResourceOf<T>(), ns, name);
        ImmutableArray<ReadOnlyMemory<byte>> bumps = typeof(T) == typeof(Hive.Objects.Node) ? [Encoding.UTF8.GetBytes(HiddenKeys.NodeEpoch(name))] : [];
        Apply(new MutateCommand(new DeleteOperation(key.ToStoreKey()), Bumps: bumps));
        Feed();
    }

    public T Get<T>(string ns, string name) where T : HiveObject => Find<T>(ns, name) ?? throw new InvalidOperationException($"no {typeof(T).Name} {ns}/{name}");

    public T? Find<T>(string ns, string name) where T : HiveObject => View.Find<T>(ns, name)?.Value;

    public List<T> All<T>(string? ns = null) where T : class => View.All<T>(ns).Select(stored => stored.Value).ToList();

    public List<Pod> LivingPods => All<Pod>().Where(PodRules.CountsTowardsReplicas).ToList();
}
