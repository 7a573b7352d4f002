using System.Buffers;
using System.Collections.Immutable;
using Hive.Journal;
using Hive.Raft;

namespace Hive.Queen.Rehearsal;

/// <summary>
/// Three members in memory elect, write, hand over and lose their leader, once in each process. The runtime compiles code when it first runs (some also of what was
/// compiled ahead of time), and a change of leadership runs it when every client waits: 10 to 20 ms for what takes one when it was done before.
/// </summary>
internal static class ElectionRehearsal
{
    private const int Members = 3;

    /// <summary>Ticks that one act may take: many election time-outs. It plays without a clock, so they cost no time.</summary>
    private const int TicksAnAct = 1_000;

    private static int _played;

    /// <summary>Plays, unless this process has done so already.</summary>
    public static void PlayOnce(QueenLimits limits)
    {
        if (Interlocked.Exchange(ref _played, 1) == 0) Play(limits);
    }

    /// <summary>True when all acts came to their end; what has run is compiled either way.</summary>
    public static bool Play(QueenLimits limits)
    {
        var stage = new Stage(limits);
        try
        {
            return stage.PlayActs();
        }
        finally
        {
            stage.Close();
        }
    }

    private sealed class Stage
    {
        private readonly RehearsalMember[] _members = new RehearsalMember[Members];
        private readonly ArrayBufferWriter<byte> _wire = new();
        private readonly TimeSpan _tick;
        private TimeSpan _now;
        private int _silent = -1;

        public Stage(QueenLimits limits)
        {
            _tick = limits.Tick;
            ImmutableArray<QueenMember> all = [.. Enumerable.Range(0, Members).Select(at => new QueenMember(IdOf(at), $"rehearsal-{at}", [], [], IsLearner: false))];
            for (int at = 0; at < Members; at++)
            {
                var options = new QueenOptions
                {
                    Disk = new MemoryDisk(),
                    Cluster = new ClusterId(1),
                    Self = IdOf(at),
                    InitialMembers = all,
                    Limits = limits,
                    JournalLimits = new JournalLimits { SegmentBytes = 64 << 10 },
                };
                _members[at] = new RehearsalMember(options, Send);
            }
        }

        public bool PlayActs()
        {
            if (!Until(() => Leader >= 0) || !CallAll()) return false;
            // Each has led, followed and voted once.
            for (int act = 0; act < Members; act++)
            {
                int next = (Leader + 1) % Members;
                _members[Leader].HandOver(IdOf(next));
                if (!Until(() => Leader == next) || !CallAll()) return false;
            }
            return LoseLeader();
        }

        public void Close()
        {
            foreach (RehearsalMember? member in _members) member?.Dispose();
        }

        private int Leader => Array.FindIndex(_members, member => member.Leads);

        private static MemberId IdOf(int at) => new((ulong)at + 1);

        private bool CallAll()
        {
            int[] before = [.. _members.Select(member => member.Answered)];
            foreach (RehearsalMember member in _members)
            {
                member.Write();
                member.Read();
            }
            return Until(() => _members.Index().All(m => m.Index == _silent || m.Item.Answered >= before[m.Index] + 2));
        }

        private bool LoseLeader()
        {
            _silent = Leader;
            for (int at = 0; at < Members; at++)
            {
                if (at != _silent) _members[at].Lose(IdOf(_silent));
            }
            return Until(() => Array.FindIndex(_members, member => member.Leads && member != _members[_silent]) >= 0) && CallAll();
        }

        private bool Until(Func<bool> condition)
        {
            for (int tick = 0; tick < TicksAnAct; tick++)
            {
                if (condition()) return true;
                _now += _tick;
                foreach (RehearsalMember member in _members) member.Turn(_now);
            }
            return false;
        }

        /// <summary>Through the form that messages have between processes.</summary>
        private void Send(RaftMessage message)
        {
            if (message.From == IdOf(_silent) || message.To == IdOf(_silent)) return;
            _wire.ResetWrittenCount();
            RaftCodec.Write(message, _wire);
            if (RaftCodec.TryRead(_wire.WrittenSpan.ToArray(), out RaftMessage? read)) _members[(int)message.To.Value - 1].Arrive(read!);
        }
    }
}
