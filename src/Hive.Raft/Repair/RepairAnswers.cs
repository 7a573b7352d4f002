namespace Hive.Raft;

/// <summary>
/// What every member, in every role, does for one whose log has a hole: it gives what it holds of the entries named, and is silent about others. An entry
/// is what its identity says, so that neither terms nor what is committed matter here.
/// </summary>
internal static class RepairAnswers
{
    /// <summary>Most runs in one answer, and most entries walked for it: the asker goes on from the lowest.</summary>
    internal const int MaxRuns = 256;
    private const int MaxSteps = 65_536;

    public static void Answer(RaftCore core, LineageRequest request)
    {
        var lineage = new Lineage(request.Entry);
        for (int steps = 0; steps < MaxSteps && lineage.RunCount < MaxRuns && core.Log.TermBefore(lineage.Lowest) is { } term; steps++) lineage.Extend(term);
        if (lineage.Lowest != request.Entry) core.Outbox.Send(new LineageResponse(core.Self, request.From, request.Entry, lineage.Runs));
    }

    public static void Answer(RaftCore core, CopyRequest request)
    {
        var copies = new List<Entry>();
        core.Log.ReadCopies(request.First, request.Last, core.Options.Limits.AppendBytes, copies);
        var snapshot = core.Log.Snapshot;
        if (copies.Count > 0) core.Outbox.Send(new CopyResponse(core.Self, request.From, [.. copies]));
        else if (request.OrSnapshot && snapshot.Index >= request.First.Index) core.Outbox.Send(new InstallSnapshot(core.Self, request.From, Term.Zero, snapshot));
    }
}
