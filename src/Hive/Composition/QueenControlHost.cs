using Hive.Control;
using Hive.Control.Shell;
using Hive.Queen;
using Hive.Store;

namespace Hive.Composition;

/// <summary>The queen as the control plane sees her.</summary>
internal sealed class QueenControlHost(IQueen queen) : IControlHost
{
    public KeyValueStore Store => queen.Store;

    public Stamp Now => queen.Now;

    public async ValueTask<ControlScope> WaitForLeadershipAsync(CancellationToken cancellation)
    {
        LeadershipScope scope = await queen.WaitForLeadershipAsync(cancellation);
        return new ControlScope(scope.Term, scope.FirstOfTerm, scope.Lost);
    }

    public async ValueTask<ControlProposal> ProposeAsync(ControlBatchCommand batch, CancellationToken cancellation)
    {
        ProposalResult result = await queen.ProposeControlAsync(batch, cancellation);
        BatchFate fate = result.Code switch
        {
            QueenCode.Ok => BatchFate.Applied,
            QueenCode.LeaderChanged or QueenCode.TimedOut => BatchFate.Unknown,
            _ => BatchFate.NotProposed,
        };
        return new ControlProposal(fate, result.Applied);
    }
}
