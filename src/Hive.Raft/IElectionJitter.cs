namespace Hive.Raft;

/// <summary>Where randomised election time-outs come from: injected, so that a seed replays them.</summary>
public interface IElectionJitter
{
    /// <summary>A number in [0, <paramref name="exclusiveUpper"/>), evenly spread, different on each member.</summary>
    int Next(int exclusiveUpper);
}

/// <summary>SplitMix64 (Steele, Lea, Flood 2014): small, quick, the same on every machine.</summary>
public sealed class SeededJitter(ulong seed) : IElectionJitter
{
    private ulong _state = seed;

    public int Next(int exclusiveUpper)
    {
        Invariant.Check(exclusiveUpper > 0);
        unchecked
        {
            _state += 0x9E3779B97F4A7C15;
            ulong mixed = _state;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            mixed ^= mixed >> 31;
            return (int)((UInt128)mixed * (uint)exclusiveUpper >> 64);
        }
    }
}
