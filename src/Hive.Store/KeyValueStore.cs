using Hive.Store.Apply;
using Hive.Store.Reads;
using Hive.Store.State;
using Hive.Store.Transfer;

namespace Hive.Store;

/// <summary>
/// The replicated state machine. <see cref="Apply"/> is the only way its state changes; it is called by one thread, in log order.
/// Readers take an O(1) <see cref="StoreSnapshot"/> from any thread and never block it.
/// </summary>
public sealed class KeyValueStore
{
    // Revisions that the entry being applied has made so far, and what they changed, when anybody listens.
    private readonly List<(long Revision, RevisionChanges? Changes)> _made = [];
    private StateWriter _writer = null!;
    private CommandExecutor _executor = null!;
    private Upkeep _upkeep = null!;
    private SlabCleaning _cleaning = null!;
    private StoreSnapshot _published;

    // An entry failed half-way (a bug): what is there is no state, and readers must not wait for one.
    private volatile bool _failed;

    public KeyValueStore()
    {
        Adopt(new StateWriter());
        _published = new StoreSnapshot(_writer.Roots, Measure(_writer));
        Watches = new WatchHub(this);
    }

    /// <summary>Index of the last entry applied: part of the state and of every snapshot of it.</summary>
    public LogIndex AppliedIndex => Latest.AppliedIndex;

    public Term AppliedTerm => Latest.AppliedTerm;

    /// <summary>Stamp of the last entry applied.</summary>
    public Stamp LastStamp => Latest.Stamp;

    /// <summary>The store's current revision.</summary>
    public Revision Revision => Latest.Revision;

    /// <summary>What the store takes, as of the last entry applied.</summary>
    public StoreBytes Bytes => Latest.Bytes;

    /// <summary>Digest of the state at <see cref="AppliedIndex"/>: members compare it. O(1).</summary>
    public StateDigest Digest => Latest.Digest;

    /// <summary>Changes whenever a record beside the key space does (<see cref="StoreSnapshot.Record"/>); 0 while there is none. O(1), and takes no snapshot.</summary>
    public ulong RecordDigest => Latest.Roots.RecordDigest;

    /// <summary>Where watchers are registered and fed.</summary>
    public WatchHub Watches { get; }

    /// <summary>A known bug that is switched on; tests only.</summary>
    internal StoreMutant Mutant
    {
        get => _writer.Mutant;
        set => _writer.Mutant = value;
    }

    /// <summary>The earliest log time at which something falls due (a lease, or upkeep that waits for an entry to do it with), or null.</summary>
    public LogTime? NextDeadline => Latest.NextDeadline;

    /// <summary>
    /// Called on the apply thread after each entry that changed something, before its result is returned: the feed of the decoded
    /// model. Must not block and must not throw.
    /// </summary>
    public event Action<RevisionChanges>? Changed;

    /// <summary>Called on the thread that calls <see cref="Install"/>: all that was known is void, the snapshot is the state now.</summary>
    public event Action<StoreSnapshot>? Installed;

    /// <summary>
    /// Applies one entry. An empty command (the first entry of a term) only moves index, term and time. Log time never goes back: a stamp
    /// below the last one counts as the last one.
    /// </summary>
    public ApplyResult Apply(LogIndex index, Term term, Stamp stamp, ReadOnlyMemory<byte> command)
    {
        Invariant.Check(!_failed);
        try
        {
            return ApplyEntry(index, term, stamp, command);
        }
        catch
        {
            _failed = true;
            throw;
        }
    }

    private ApplyResult ApplyEntry(LogIndex index, Term term, Stamp stamp, ReadOnlyMemory<byte> command)
    {
        Invariant.Check(index > _writer.Roots.AppliedIndex || Mutant == StoreMutant.AppliesTwice, $"entry {index} after {_writer.Roots.AppliedIndex}");
        Invariant.Check(term >= _writer.Roots.AppliedTerm, $"term {term} after {_writer.Roots.AppliedTerm}");
        Begin(index, term, stamp);
        _executor.EndDueLeases();

        var outcome = default(CommandExecutor.Outcome);
        var idle = command.IsEmpty;
        if (!command.IsEmpty)
        {
            if (CommandCodec.TryDecode(command, out var decoded)) outcome = _executor.Execute(decoded!);
            else outcome = new CommandExecutor.Outcome(StoreError.Malformed);
            idle = decoded is TickCommand;
        }
        _upkeep.Owe(idle ? StoreLimits.TrimmedPerTick : StoreLimits.TrimmedPerApply + _writer.ChangedCount * StoreLimits.TrimmedPerChange);
        _cleaning.Owe(StoreLimits.CleanedPerApply + _writer.ChangedBytes * StoreLimits.CleanedPerChangedByte);
        Publish();
        return new ApplyResult(index, term, new Revision(outcome.AnsweredAt != 0 ? outcome.AnsweredAt : _writer.Roots.Revision), outcome.Error, outcome.Result);
    }

    /// <summary>
    /// O(1), from any thread: the state at the revision last applied. Never holds up the writer; may itself wait for the end of the apply
    /// that is going on.
    /// </summary>
    public StoreSnapshot Snapshot()
    {
        var spin = new SpinWait();
        while (true)
        {
            var published = Volatile.Read(ref _published);
            if (published.TryHold()) return published;
            Invariant.Check(!_failed, $"the store failed while applying an entry after {published.AppliedIndex}");
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>
    /// Takes the place of the whole state by an imported one; on the apply thread. Snapshots taken before stay what they were; watchers go
    /// on from where they are, or are told that what they need was compacted.
    /// </summary>
    public void Install(StateImport import)
    {
        var writer = import.Take();
        Invariant.Check(writer.Roots.AppliedIndex >= _writer.Roots.AppliedIndex, $"state at {writer.Roots.AppliedIndex} over {_writer.Roots.AppliedIndex}");
        Latest.Retire();
        writer.Mutant = Mutant;
        Adopt(writer);
        Volatile.Write(ref _published, new StoreSnapshot(_writer.Roots, Measure(_writer)));
        Watches.Reset();
        Installed?.Invoke(Snapshot());
    }

    /// <summary>What was published last, not held: only its scalars may be read.</summary>
    private StoreSnapshot Latest => Volatile.Read(ref _published);

    private void Adopt(StateWriter writer)
    {
        _writer = writer;
        _executor = new CommandExecutor(writer) { Committed = OnCommitted };
        _upkeep = new Upkeep(writer);
        _cleaning = new SlabCleaning(writer);
    }

    private void Begin(LogIndex index, Term term, Stamp stamp)
    {
        // Nodes made since a reader last took a snapshot are still ours alone and can be changed in place.
        if (!Latest.Retire()) _writer.Share();
        ref var roots = ref _writer.Roots;
        roots.AppliedIndex = index;
        roots.AppliedTerm = term;
        roots.Stamp = new Stamp(
            stamp.Log > roots.Stamp.Log ? stamp.Log : roots.Stamp.Log,
            stamp.Wall.CompareTo(roots.Stamp.Wall) > 0 ? stamp.Wall : roots.Stamp.Wall);
        _writer.ChangedBytes = 0;
        _writer.ChangedCount = 0;
        _made.Clear();
    }

    private void OnCommitted()
    {
        var listened = Changed is not null || Watches.Count > 0;
        _made.Add((_writer.Roots.Revision, listened ? HistoryReader.Read(_writer.Roots, _writer.Roots.Revision, _writer.Roots.Stamp) : null));
    }

    private void Publish()
    {
        Volatile.Write(ref _published, new StoreSnapshot(_writer.Roots, Measure(_writer), _cleaning.HasWork));
        foreach (var (revision, changes) in _made)
        {
            Watches.Publish(revision, changes);
            if (changes is not null) Changed?.Invoke(changes);
        }
    }

    private static StoreBytes Measure(StateWriter writer) =>
        new(writer.Heap.TotalBytes, writer.Heap.LiveBytes, writer.Roots.LiveBytes, writer.Roots.HistoryBytes);
}
