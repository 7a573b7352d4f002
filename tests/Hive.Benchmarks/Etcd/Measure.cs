namespace Hive.Benchmarks.Etcd;

/// <summary>One thing that runs measure. Workloads may add their own.</summary>
internal sealed record Measure(string Name, string Unit, int Decimals = 2)
{
    public static readonly Measure Rate = new("rate", "/s", 0);
    public static readonly Measure P50 = new("p50", "ms");
    public static readonly Measure P99 = new("p99", "ms");

    /// <summary>Calls that ended without an answer.</summary>
    public static readonly Measure Errors = new("errors", "", 0);

    public static readonly Measure Longest = new("longest", "ms");

    /// <summary>Processor time of all members for each call that was answered; not known of members that this program did not start.</summary>
    public static readonly Measure MembersTime = new("members' processor time", "us/op", 1);

    /// <summary>Processor time of the load generator for each call that was answered: it takes the same cores as the members.</summary>
    public static readonly Measure GeneratorTime = new("generator's processor time", "us/op", 1);

    /// <summary>Median of the calls to the member that answered fastest: the leader, mostly.</summary>
    public static readonly Measure NearestP50 = new("p50 at the fastest member", "ms", 3);

    /// <summary><see cref="NearestP50"/> in units of what the machine cannot do faster: one fdatasync and one loopback round trip, measured right before.</summary>
    public static readonly Measure OverFloor = new("that over fdatasync + round trip", "x");
}

/// <summary>What is aimed at.</summary>
/// <param name="AgainstOther">The bound is on the ratio to the other cluster's median; else on the median itself.</param>
/// <param name="AtMost">Smaller is better.</param>
internal sealed record Goal(Measure Of, double Bound, bool AgainstOther, bool AtMost)
{
    public static Goal RatioAtLeast(Measure of, double bound) => new(of, bound, true, false);

    public static Goal RatioAtMost(Measure of, double bound) => new(of, bound, true, true);

    public static Goal AtMostValue(Measure of, double bound) => new(of, bound, false, true);

    public bool IsMet(double value) => AtMost ? value <= Bound : value >= Bound;

    public override string ToString() =>
        FormattableString.Invariant($"{(AtMost ? "at most" : "at least")} {Bound:0.##}{(AgainstOther ? " x" : $" {Of.Unit}")}");
}

/// <summary>What one run of a workload against one cluster showed, in the order in which it is printed.</summary>
internal sealed class RunResult : List<(Measure Measure, double Value)>
{
    public void Add(Measure measure, double value) => Add((measure, value));

    public double Of(Measure measure)
    {
        foreach (var (found, value) in this)
        {
            if (found == measure) return value;
        }
        return double.NaN;
    }
}
