using System.Text;
using Hive.Queen;
using Hive.Queen.Core;
using Hive.Simulation.Checkers;
using Hive.Simulation.Machines;
using Hive.Simulation.World;
using Hive.Store;

namespace Hive.Simulation.Clients;

/// <summary>What clients need of the world.</summary>
internal sealed record ClientWorld(
    Timeline Timeline, Trace Trace, Func<SimRandom, SimMember?> PickMember, CommittedLog Log, KeyModel Model, HistoryChecker History, LockChecker Locks, Mutant Mutant);

/// <summary>One client: puts, reads, swaps and deletes a few keys, one operation at a time, through any member; gives up after a while.</summary>
internal sealed class RegisterClient(ClientWorld world, SimRandom random, string name, int keys, TimeSpan think)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(9);

    private long _operation;
    private long _revision;

    /// <summary>When the newest operation that succeeded began.</summary>
    public TimeSpan LastSuccessBegan { get; private set; }

    public bool Stopped { get; set; }

    public void Start() => world.Timeline.After(random.Between(TimeSpan.Zero, think * 2), Next);

    private void Next()
    {
        if (Stopped) return;
        long operation = ++_operation;
        var member = world.PickMember(random);
        if (member is null)
        {
            Again(operation);
            return;
        }
        // An answer may never come: the member dies, or the client's patience ends.
        world.Timeline.After(Patience, () => Again(operation));
        Do(member, operation);
    }

    private void Again(long operation)
    {
        if (operation != _operation) return;
        _operation++;
        world.Timeline.After(random.Between(TimeSpan.Zero, think * 2), Next);
    }

    private void Do(SimMember member, long operation)
    {
        string key = $"{KeyModel.Prefix}{random.Below(keys)}";
        byte[] keyBytes = Encoding.UTF8.GetBytes(key);
        byte[] value = Encoding.UTF8.GetBytes($"{name}-{operation}");
        int dice = random.Below(100);
        if (dice < 40) Read(member, operation, key);
        else if (dice < 75) Write(member, operation, new MutateCommand(new PutOperation(keyBytes, value)), swap: false);
        else if (dice < 88) Swap(member, operation, key, keyBytes, value);
        else if (dice < 97) Write(member, operation, new MutateCommand(new DeleteOperation(keyBytes)), swap: false);
        else Write(member, operation, new CompactCommand(new Revision(Math.Max(1, _revision - random.Below(40)))), swap: false);
    }

    private void Read(SimMember member, long operation, string key)
    {
        var floor = world.History.Begin();
        var began = world.Timeline.Now;
        if (world.Mutant == Mutant.ReadWithoutWaitingForApply)
        {
            world.History.ReadAnswered(floor, key, member.Store!.Snapshot());
            Again(operation);
            return;
        }
        member.Ask(number => new QueenInput.Read(number), answer =>
        {
            world.Trace.Event("read", member.Id.Value, (ulong)answer.Code, member.Store!.AppliedIndex.Value);
            if (answer.Code == QueenCode.Ok)
            {
                var snapshot = member.Store!.Snapshot();
                _revision = snapshot.Revision.Value;
                world.History.ReadAnswered(floor, key, snapshot);
                Succeeded(began, operation);
            }
            Again(operation);
        });
    }

    private void Swap(SimMember member, long operation, string key, byte[] keyBytes, byte[] value)
    {
        long expected = member.Store!.Snapshot().Get(keyBytes)?.ModRevision.Value ?? 0;
        var compare = new Comparison(CompareTarget.Mod, CompareResult.Equal, keyBytes, Number: expected);
        Write(member, operation, new MutateCommand(new TxnOperation([compare], [new PutOperation(keyBytes, value)], [])), swap: true);
    }

    private void Write(SimMember member, long operation, Command command, bool swap)
    {
        var floor = world.History.Begin();
        var began = world.Timeline.Now;
        var header = new ProposalHeader(member.Id, member.Incarnation, member.NextNumber);
        member.Propose(command, answer =>
        {
            world.Trace.Event("write", member.Id.Value, (ulong)answer.Code, answer.Applied?.Index.Value ?? 0);
            if (answer.Code == QueenCode.Ok)
            {
                if (swap) world.History.SwapAcknowledged(floor, header, answer.Applied!);
                else world.History.WriteAcknowledged(floor, header, answer.Applied!);
                Succeeded(began, operation);
            }
            else if (answer.Code is QueenCode.NoLeader or QueenCode.TooManyRequests or QueenCode.TooLarge or QueenCode.Stopped)
            {
                world.Log.Refused(header);
            }
            Again(operation);
        });
    }

    private void Succeeded(TimeSpan began, long operation)
    {
        if (operation == _operation) LastSuccessBegan = began;
    }
}
