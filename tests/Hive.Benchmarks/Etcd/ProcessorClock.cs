namespace Hive.Benchmarks.Etcd;

/// <summary>Processor time that the members and this program took in a stretch of a run.</summary>
internal sealed class ProcessorClock(Target target)
{
    private TimeSpan? _members;
    private TimeSpan _own;

    public void Start()
    {
        _members = target.ProcessorTime;
        _own = Environment.CpuUsage.TotalTime;
    }

    /// <summary>Ends the stretch; adds what each of <paramref name="operations"/> cost on average.</summary>
    public void Stop(RunResult into, long operations)
    {
        var own = Environment.CpuUsage.TotalTime - _own;
        if (target.ProcessorTime is { } now && _members is { } then) into.Add(Measure.MembersTime, (now - then).TotalMicroseconds / operations);
        into.Add(Measure.GeneratorTime, own.TotalMicroseconds / operations);
    }
}
