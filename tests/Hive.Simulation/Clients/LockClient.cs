using System.Text;
using Hive.Queen;
using Hive.Queen.Core;
using Hive.Simulation.Machines;
using Hive.Simulation.World;
using Hive.Store;

namespace Hive.Simulation.Clients;

/// <summary>Takes one lock by a lease, renews it for a while, and lets it run out or dies with it.</summary>
internal sealed class LockClient(ClientWorld world, SimRandom random, string name)
{
    public static readonly byte[] LockKey = "lock"u8.ToArray();
    private const long TimeToLiveSeconds = 2;

    // No clock in these runs is off by more than a tenth: a careful holder counts on that much less.
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(TimeToLiveSeconds) * 0.85;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(9);

    private long _step;
    private LeaseId _lease;
    private int _renewalsLeft;

    public bool Stopped { get; set; }

    public void Start() => Soon(Grant);

    private void Soon(Action next)
    {
        long step = ++_step;
        world.Timeline.After(random.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(600)), () =>
        {
            if (step == _step && !Stopped) next();
        });
    }

    /// <summary>Asks a member and goes on with the answer; with "unknown" when none comes in time.</summary>
    private void Ask(Action<SimMember, Action<CoreAnswer>> request, Action<CoreAnswer> answered)
    {
        if (world.PickMember(random) is not { } member)
        {
            Soon(Grant);
            return;
        }
        long step = ++_step;
        world.Timeline.After(Patience, () => { if (step == _step) Soon(Grant); });
        request(member, answer => { if (step == _step) answered(answer); });
    }

    private void Grant()
    {
        _lease = new LeaseId((long)(random.Next() >> 2) + 1);
        Ask((member, done) => member.Propose(new LeaseGrantCommand(_lease, TimeToLiveSeconds), done), answer =>
        {
            if (answer.Code == QueenCode.Ok) Acquire();
            else Soon(Grant);
        });
    }

    private void Acquire()
    {
        var free = new Comparison(CompareTarget.Create, CompareResult.Equal, LockKey);
        var take = new PutOperation(LockKey, Encoding.UTF8.GetBytes(name), _lease);
        Ask((member, done) => member.Propose(new MutateCommand(new TxnOperation([free], [take], [])), done), answer =>
        {
            if (answer.Applied?.Result is not TxnResult { Succeeded: true })
            {
                Soon(random.OneIn(4) ? Grant : Acquire);
                return;
            }
            // It may have been granted long before: belief counts only from a renewal that was asked for after the lock was seen.
            _renewalsLeft = random.Below(random.OneIn(3) ? 40 : 8);
            Renew();
        });
    }

    private void Renew()
    {
        var asked = world.Timeline.Now;
        Ask((member, done) => member.Ask(number => new QueenInput.Renew(number, _lease), done), answer =>
        {
            if (answer.Code != QueenCode.Ok || answer.TimeToLiveSeconds == 0)
            {
                Soon(Grant);
                return;
            }
            world.Locks.Believes(name, asked + Trust);
            if (_renewalsLeft-- > 0) Soon(Renew);
            else Soon(Grant);
        });
    }
}
