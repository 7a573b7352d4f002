namespace Hive.Benchmarks.Store;

/// <summary>The pauses of the garbage collector, by what it collected; looked at after each step, so that none is missed by more than one step.</summary>
internal sealed class CollectorPauses
{
    private static readonly GCKind[] Kinds = [GCKind.Ephemeral, GCKind.FullBlocking, GCKind.Background];

    private readonly long[] _last = [.. Kinds.Select(kind => GC.GetGCMemoryInfo(kind).Index)];
    private readonly int[] _count = new int[Kinds.Length];
    private readonly TimeSpan[] _worst = new TimeSpan[Kinds.Length];
    private readonly TimeSpan _paused = GC.GetTotalPauseDuration();
    private int _seen = GC.CollectionCount(0);

    public void Look()
    {
        var collections = GC.CollectionCount(0);
        if (collections == _seen) return;
        _seen = collections;
        for (var i = 0; i < Kinds.Length; i++)
        {
            var info = GC.GetGCMemoryInfo(Kinds[i]);
            if (info.Index == _last[i]) continue;
            _last[i] = info.Index;
            _count[i]++;
            foreach (var pause in info.PauseDurations) _worst[i] = pause > _worst[i] ? pause : _worst[i];
        }
    }

    /// <summary>Since this was made.</summary>
    public CollectorFigures Figures => new(GC.GetTotalPauseDuration() - _paused, Of(GCKind.Ephemeral), Of(GCKind.FullBlocking), Of(GCKind.Background));

    public override string ToString() => $"collector {Figures}";

    private CollectorFigures.Kind Of(GCKind kind)
    {
        var i = Array.IndexOf(Kinds, kind);
        return new(_worst[i], _count[i]);
    }
}
