using System.Collections.Immutable;
using static Hive.Store.Tests.StoreDriver;

namespace Hive.Store.Tests;

/// <summary>Commands from a seed, over few keys and leases so that they meet.</summary>
internal sealed class RandomCommands(int seed)
{
    private readonly Random _random = new(seed);

    public int Next(int below) => _random.Next(below);

    public bool Chance(int percent) => _random.Next(100) < percent;

    public string Key()
    {
        var length = 1 + _random.Next(3);
        return string.Concat(Enumerable.Range(0, length).Select(_ => "ab\0\u00ff"[_random.Next(4)]));
    }

    public string Value() => new((char)('A' + _random.Next(26)), _random.Next(40) switch { 0 => 300_000, 1 => 5_000, _ => _random.Next(60) });

    public LeaseId Lease() => new(Chance(70) ? 0 : 1 + _random.Next(6));

    public (ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> End) Range() => _random.Next(5) switch
    {
        0 => (B("\0"), B("\0")),
        1 => (B(Key()), B("\0")),
        2 => (B(Key()), B(Key())),
        _ => (B(Key()), default),
    };

    public RangeQuery Query(long newest, long compactedAt)
    {
        var (key, end) = Range();
        var low = Math.Max(1, compactedAt);
        return new RangeQuery(key)
        {
            RangeEnd = end,
            Limit = Chance(30) ? 1 + Next(4) : 0,
            At = Chance(50) ? new Revision(low + _random.NextInt64(newest - low + 1)) : default,
            Order = (SortOrder)Next(3),
            Target = Chance(50) ? SortTarget.Key : (SortTarget)Next(5),
            KeysOnly = Chance(10),
            CountOnly = Chance(10),
            MinModRevision = Chance(10) ? Next((int)newest) : 0,
            MaxModRevision = Chance(10) ? Next((int)newest) : 0,
            MinCreateRevision = Chance(10) ? Next((int)newest) : 0,
            MaxCreateRevision = Chance(10) ? Next((int)newest) : 0,
        };
    }

    public Operation Operation(long newest, int depth = 0)
    {
        switch (_random.Next(depth < 2 ? 10 : 8))
        {
            case < 4:
                var ignoreValue = Chance(10);
                var ignoreLease = Chance(10);
                return new PutOperation(B(Key()), ignoreValue ? default : B(Value()), ignoreLease ? default : Lease(), Chance(30), ignoreValue, ignoreLease);
            case < 6:
                var (key, end) = Range();
                return new DeleteOperation(key, end, Chance(30));
            case < 8:
                return new RangeOperation(Chance(5) ? Query(newest, newest) with { At = new Revision(-1 - Next(3)) } : Query(newest, newest));
            default:
                return new TxnOperation(
                    [.. Enumerable.Range(0, Next(3)).Select(_ => Comparison(newest))],
                    [.. Enumerable.Range(0, Next(4)).Select(_ => Operation(newest, depth + 1))],
                    [.. Enumerable.Range(0, Next(4)).Select(_ => Operation(newest, depth + 1))]);
        }
    }

    private Comparison Comparison(long newest)
    {
        var (key, end) = Range();
        return new Comparison((CompareTarget)Next(5), (CompareResult)Next(4), key, end, Next((int)newest + 1), B(Value()));
    }

    public Command AnyCommand() => Chance(10) ? new GuardedCommand(AnyGuard(), Unguarded()) : Unguarded();

    private Command Unguarded() => Next(10) switch
    {
        0 => new CompactCommand(new Revision(Next(100))),
        1 => new LeaseGrantCommand(Lease(), Next(100)),
        2 => new LeaseRevokeCommand(Lease()),
        3 => new LeaseRenewCommand([.. Enumerable.Range(0, Next(5)).Select(_ => Lease())]),
        4 => new TickCommand(),
        5 => new SetRetentionCommand(new Retention(TimeSpan.FromSeconds(Next(100)), Next(100), Next(1000), Next(3) == 0 ? Next(50) : 0)),
        6 => new ControlBatchCommand(
            new DecisionHeader(new Term((ulong)Next(9)), Next(9), new Revision(Next(9)), new Stamp(new LogTime(Next(9)), new WallTime(Next(9))), (uint)Next(9)),
            [.. Enumerable.Range(0, Next(4)).Select(_ => new GuardedTransaction(
                [.. Enumerable.Range(0, Next(3)).Select(_ => AnyGuard())],
                [.. Enumerable.Range(0, Next(3)).Select(_ => Operation(5))],
                Chance(50) ? [B(Key())] : []))]),
        7 => new RestoreCommand(B(Key()), Chance(50) ? B(Key()) : default, new Revision(Next(9)), new Revision(Next(9))),
        8 => new AdvanceRevisionCommand(new Revision(Next(100))),
        _ => new MutateCommand(Operation(5), Chance(30) ? new UInt128((ulong)Next(9), (ulong)Next(9)) : default, Chance(30) ? [B(Key())] : []),
    };

    private Guard AnyGuard() => Next(5) switch
    {
        0 => new Guard.Unchanged(B(Key()), new Revision(Next(9))),
        1 => new Guard.SameIncarnation(B(Key()), new Revision(Next(9))),
        2 => new Guard.HiddenUnchanged(B(Key()), new Revision(Next(9))),
        3 => new Guard.RecordIs(B(Key()), Next(2)),
        _ => new Guard.LeaseIs(Lease(), Chance(50)),
    };
}
