using Hive.Store;

namespace Hive.Control.Shell;

/// <summary>Leadership of this member: open from the apply of the first entry of its own term until the term is lost.</summary>
public sealed record ControlScope(Term Term, Revision FirstOfTerm, CancellationToken Lost);

/// <summary>What the control plane needs of the queen that it runs in: its store, its clock, its leadership, and a way into the log.</summary>
public interface IControlHost
{
    KeyValueStore Store { get; }

    /// <summary>Log time and wall time as the leader would stamp them now.</summary>
    Stamp Now { get; }

    /// <summary>Waits until this member leads and has applied the first entry of its term.</summary>
    ValueTask<ControlScope> WaitForLeadershipAsync(CancellationToken cancellation);

    /// <summary>
    /// Proposes to this member's own log, in the order of the calls; never forwarded. Answers when applied, or when it is known that it
    /// will not be, or that nobody can know.
    /// </summary>
    ValueTask<ControlProposal> ProposeAsync(ControlBatchCommand batch, CancellationToken cancellation);
}

/// <summary>How a proposal of the control plane ended.</summary>
/// <param name="Applied">Set exactly when <paramref name="Fate"/> is Applied or Fenced.</param>
public readonly record struct ControlProposal(BatchFate Fate, ApplyResult? Applied);
