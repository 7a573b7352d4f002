using System.Buffers;
using System.Collections.Immutable;
using Hive.Store.Wire;

namespace Hive.Store;

/// <summary>The compact binary form of commands in the log. Versioned by a leading kind byte; unknown bytes are refused, never guessed.</summary>
public static class CommandCodec
{
    // Kinds are part of the log's format: never change the meaning of one, only add.
    private const byte Mutate = 1, Compact = 2, LeaseGrant = 3, LeaseRevoke = 4, LeaseRenew = 5, Tick = 6, ControlBatch = 7, SetRetention = 8, SetRecord = 9, Restore = 10, AdvanceRevision = 11, Guarded = 12, SetBoundedRetention = 13;
    private const byte GuardUnchanged = 1, GuardIncarnation = 2, GuardHidden = 3, GuardLease = 4, GuardRecord = 5;

    public static void Encode(Command command, IBufferWriter<byte> output)
    {
        var writer = new WireWriter(output);
        switch (command)
        {
            case MutateCommand mutate:
                writer.Byte(Mutate);
                writer.Flag(mutate.RequestId != default);
                if (mutate.RequestId != default)
                {
                    writer.Fixed64((ulong)mutate.RequestId);
                    writer.Fixed64((ulong)(mutate.RequestId >> 64));
                }
                WriteKeys(writer, mutate.Bumps);
                OperationCodec.Write(writer, mutate.Operation);
                break;
            case CompactCommand compact:
                writer.Byte(Compact);
                writer.Signed(compact.At.Value);
                break;
            case LeaseGrantCommand grant:
                writer.Byte(LeaseGrant);
                writer.Signed(grant.Lease.Value);
                writer.Signed(grant.TimeToLiveSeconds);
                break;
            case LeaseRevokeCommand revoke:
                writer.Byte(LeaseRevoke);
                writer.Signed(revoke.Lease.Value);
                break;
            case LeaseRenewCommand renew:
                writer.Byte(LeaseRenew);
                writer.Unsigned((ulong)renew.Leases.Length);
                foreach (var lease in renew.Leases) writer.Signed(lease.Value);
                break;
            case TickCommand:
                writer.Byte(Tick);
                break;
            case ControlBatchCommand batch:
                writer.Byte(ControlBatch);
                WriteBatch(writer, batch);
                break;
            case SetRetentionCommand set:
                // A kind of its own, so that entries without a bound on revisions look as they did before there was one, and who does not know it refuses it.
                writer.Byte(set.Retention.Revisions == 0 ? SetRetention : SetBoundedRetention);
                writer.Signed(set.Retention.Age.Ticks);
                writer.Signed(set.Retention.PercentOfLive);
                writer.Signed(set.Retention.FreeBytes);
                if (set.Retention.Revisions != 0) writer.Signed(set.Retention.Revisions);
                break;
            case SetRecordCommand set:
                writer.Byte(SetRecord);
                writer.Bytes(set.Name.Span);
                writer.Signed(set.ExpectedVersion);
                writer.Bytes(set.Value.Span);
                break;
            case RestoreCommand restore:
                writer.Byte(Restore);
                writer.Bytes(restore.Key.Span);
                writer.Bytes(restore.RangeEnd.Span);
                writer.Signed(restore.To.Value);
                writer.Signed(restore.UnchangedSince.Value);
                break;
            case AdvanceRevisionCommand advance:
                writer.Byte(AdvanceRevision);
                writer.Signed(advance.To.Value);
                break;
            case GuardedCommand guarded:
                Invariant.Check(guarded.Inner is not GuardedCommand);
                writer.Byte(Guarded);
                WriteGuard(writer, guarded.Guard);
                Encode(guarded.Inner, output);
                break;
            default:
                throw Invariant.Fail($"no codec for {command.GetType()}");
        }
    }

    /// <summary>Whether an encoded command is one put, guarded or not: what it costs to apply hardly depends on what the store holds.</summary>
    public static bool IsSinglePut(ReadOnlyMemory<byte> encoded)
    {
        var reader = new WireReader(encoded);
        var kind = reader.Byte();
        if (kind == Guarded && ReadGuard(ref reader) is not null) kind = reader.Byte();
        if (kind != Mutate) return false;
        if (reader.Flag()) _ = (reader.Fixed64(), reader.Fixed64());
        return reader.Unsigned() == 0 && reader.Byte() == OperationCodec.Put && !reader.Failed;
    }

    /// <summary>False: malformed. Keys and values of the command are slices of the input.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> input, out Command? command)
    {
        var reader = new WireReader(input);
        command = reader.Byte() is var kind && kind == Guarded ? ReadGuarded(ref reader) : Read(ref reader, kind);
        if (!reader.IsDone) command = null;
        return command is not null;
    }

    private static Command? Read(ref WireReader reader, byte kind) =>
        kind switch
        {
            Mutate => ReadMutate(ref reader),
            Compact => new CompactCommand(new Revision(reader.Signed())),
            LeaseGrant => new LeaseGrantCommand(new LeaseId(reader.Signed()), reader.Signed()),
            LeaseRevoke => new LeaseRevokeCommand(new LeaseId(reader.Signed())),
            LeaseRenew => ReadRenew(ref reader),
            Tick => TickOnly,
            ControlBatch => ReadBatch(ref reader),
            SetRetention => ReadRetention(ref reader, isBounded: false),
            SetBoundedRetention => ReadRetention(ref reader, isBounded: true),
            SetRecord => new SetRecordCommand(reader.Bytes(), reader.Signed(), reader.Bytes()),
            Restore => new RestoreCommand(reader.Bytes(), reader.Bytes(), new Revision(reader.Signed()), new Revision(reader.Signed())),
            AdvanceRevision => new AdvanceRevisionCommand(new Revision(reader.Signed())),
            _ => null,
        };

    private static GuardedCommand? ReadGuarded(ref WireReader reader) =>
        ReadGuard(ref reader) is { } guard && Read(ref reader, reader.Byte()) is { } inner ? new GuardedCommand(guard, inner) : null;

    private static readonly TickCommand TickOnly = new();

    private static MutateCommand? ReadMutate(ref WireReader reader)
    {
        UInt128 id = default;
        if (reader.Flag())
        {
            var low = reader.Fixed64();
            id = new UInt128(reader.Fixed64(), low);
        }
        var bumps = ReadKeys(ref reader);
        return OperationCodec.Read(ref reader, 0) is { } operation ? new MutateCommand(operation, id, bumps) : null;
    }

    private static LeaseRenewCommand ReadRenew(ref WireReader reader)
    {
        var count = reader.Count();
        var leases = ImmutableArray.CreateBuilder<LeaseId>(count);
        for (var i = 0; i < count; i++) leases.Add(new LeaseId(reader.Signed()));
        return new LeaseRenewCommand(leases.MoveToImmutable());
    }

    private static SetRetentionCommand? ReadRetention(ref WireReader reader, bool isBounded)
    {
        var age = new TimeSpan(reader.Signed());
        var percent = reader.Signed();
        var free = reader.Signed();
        var revisions = isBounded ? reader.Signed() : 0;
        if (age < TimeSpan.Zero || percent is < 0 or > int.MaxValue || free < 0 || revisions <= 0 == isBounded) return null;
        return new SetRetentionCommand(new Retention(age, (int)percent, free, revisions));
    }

    private static void WriteBatch(WireWriter writer, ControlBatchCommand batch)
    {
        var header = batch.Header;
        writer.Unsigned(header.Leadership.Value);
        writer.Signed(header.Sequence);
        writer.Signed(header.ReadAt.Value);
        writer.Signed(header.DecidedAt.Log.Ticks);
        writer.Signed(header.DecidedAt.Wall.Ticks);
        writer.Unsigned(header.RulesVersion);
        writer.Unsigned((ulong)batch.Transactions.Length);
        foreach (var transaction in batch.Transactions)
        {
            var guards = transaction.Guards.IsDefault ? [] : transaction.Guards;
            writer.Unsigned((ulong)guards.Length);
            foreach (var guard in guards) WriteGuard(writer, guard);
            OperationCodec.WriteAll(writer, transaction.Writes);
            WriteKeys(writer, transaction.Bumps);
        }
    }

    private static ControlBatchCommand? ReadBatch(ref WireReader reader)
    {
        var term = new Term(reader.Unsigned());
        var sequence = reader.Signed();
        var readAt = new Revision(reader.Signed());
        var decidedAt = new Stamp(new LogTime(reader.Signed()), new WallTime(reader.Signed()));
        var rules = reader.Unsigned();
        if (rules > uint.MaxValue) return null;
        var count = reader.Count();
        var transactions = ImmutableArray.CreateBuilder<GuardedTransaction>(count);
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            var guardCount = reader.Count();
            var guards = ImmutableArray.CreateBuilder<Guard>(guardCount);
            for (var j = 0; j < guardCount; j++)
            {
                if (ReadGuard(ref reader) is not { } guard) return null;
                guards.Add(guard);
            }
            var writes = OperationCodec.ReadAll(ref reader, 0);
            transactions.Add(new GuardedTransaction(guards.MoveToImmutable(), writes, ReadKeys(ref reader)));
        }
        return reader.Failed ? null : new ControlBatchCommand(new DecisionHeader(term, sequence, readAt, decidedAt, (uint)rules), transactions.MoveToImmutable());
    }

    private static void WriteGuard(WireWriter writer, Guard guard)
    {
        switch (guard)
        {
            case Guard.Unchanged unchanged:
                writer.Byte(GuardUnchanged);
                writer.Bytes(unchanged.Key.Span);
                writer.Signed(unchanged.ModifiedAt.Value);
                break;
            case Guard.SameIncarnation same:
                writer.Byte(GuardIncarnation);
                writer.Bytes(same.Key.Span);
                writer.Signed(same.CreatedAt.Value);
                break;
            case Guard.HiddenUnchanged hidden:
                writer.Byte(GuardHidden);
                writer.Bytes(hidden.Hidden.Span);
                writer.Signed(hidden.BumpedAt.Value);
                break;
            case Guard.LeaseIs lease:
                writer.Byte(GuardLease);
                writer.Signed(lease.Lease.Value);
                writer.Flag(lease.Alive);
                break;
            case Guard.RecordIs record:
                writer.Byte(GuardRecord);
                writer.Bytes(record.Name.Span);
                writer.Signed(record.Version);
                break;
            default:
                throw Invariant.Fail($"no codec for {guard.GetType()}");
        }
    }

    private static Guard? ReadGuard(ref WireReader reader) => reader.Byte() switch
    {
        GuardUnchanged => new Guard.Unchanged(reader.Bytes(), new Revision(reader.Signed())),
        GuardIncarnation => new Guard.SameIncarnation(reader.Bytes(), new Revision(reader.Signed())),
        GuardHidden => new Guard.HiddenUnchanged(reader.Bytes(), new Revision(reader.Signed())),
        GuardLease => new Guard.LeaseIs(new LeaseId(reader.Signed()), reader.Flag()),
        GuardRecord => new Guard.RecordIs(reader.Bytes(), reader.Signed()),
        _ => null,
    };

    private static void WriteKeys(WireWriter writer, ImmutableArray<ReadOnlyMemory<byte>> keys)
    {
        writer.Unsigned(keys.IsDefault ? 0 : (ulong)keys.Length);
        if (keys.IsDefault) return;
        foreach (var key in keys) writer.Bytes(key.Span);
    }

    private static ImmutableArray<ReadOnlyMemory<byte>> ReadKeys(ref WireReader reader)
    {
        var count = reader.Count();
        if (count == 0) return [];
        var keys = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>(count);
        for (var i = 0; i < count; i++) keys.Add(reader.Bytes());
        return keys.MoveToImmutable();
    }
}
