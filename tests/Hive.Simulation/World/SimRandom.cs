namespace Hive.Simulation.World;

/// <summary>The one source of chance in a run: SplitMix64, the same on every machine. Each part draws from a stream of its own.</summary>
internal sealed class SimRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        unchecked
        {
            ulong z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>In [0, <paramref name="upper"/>).</summary>
    public int Below(int upper) => (int)((UInt128)Next() * (uint)upper >> 64);

    /// <summary>In [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public int Between(int from, int to) => from + Below(to - from);

    /// <summary>A time in [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public TimeSpan Between(TimeSpan from, TimeSpan to) => from + TimeSpan.FromTicks((long)((UInt128)Next() * (ulong)(to - from).Ticks >> 64));

    /// <summary>True once in <paramref name="n"/> times.</summary>
    public bool OneIn(int n) => Below(n) == 0;

    /// <summary>True in so many of a thousand cases.</summary>
    public bool PerMille(int chances) => chances > 0 && Below(1000) < chances;

    public T Pick<T>(IReadOnlyList<T> of) => of[Below(of.Count)];

    /// <summary>A stream that does not share draws with this one.</summary>
    public SimRandom Fork() => new(Next());
}
