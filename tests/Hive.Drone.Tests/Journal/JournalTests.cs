using Hive.Drone.Desired;
using Hive.Drone.Journal;
using Hive.Drone.Pods;
using Hive.Drone.Shell;
using Hive.Drone.Tests.Support;
using Xunit;

namespace Hive.Drone.Tests.Journal;

public sealed class JournalTests
{
    private static readonly DesiredPod Pod = new(new PodUid("u1"), TestPods.Web("web"), new Revision(7));

    private static JournalEntry[] Entries() =>
    [
        new JournalEntry.Booted("boot-1"),
        new JournalEntry.Accepted(Pod),
        new JournalEntry.Remembered(Pod.Uid, Record()),
        new JournalEntry.Gone(Pod.Uid),
        new JournalEntry.Accepted(Pod with { Uid = new PodUid("u2"), At = new Revision(9) }),
        new JournalEntry.Forgotten(new PodUid("u2")),
    ];

    [Fact]
    public void Journal_cut_at_any_byte_gives_the_entries_that_were_whole()
    {
        JournalEntry[] entries = Entries();
        var ends = new List<int>();
        using var all = new MemoryStream();
        foreach (JournalEntry entry in entries)
        {
            all.Write(JournalCodec.Encode(entry));
            ends.Add((int)all.Length);
        }
        byte[] bytes = all.ToArray();
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            List<JournalEntry> read = JournalCodec.Decode(bytes.AsSpan(0, cut), out int good);
            Assert.Equal(ends.Count(e => e <= cut), read.Count);
            Assert.Equal(ends.LastOrDefault(e => e <= cut), good);
        }
    }

    [Fact]
    public void Damage_with_whole_entries_behind_it_is_refused_and_not_cut_away()
    {
        byte[] bytes = [.. Entries().SelectMany(JournalCodec.Encode)];
        int first = JournalCodec.Encode(Entries()[0]).Length;
        for (int at = 0; at < first; at++)
        {
            byte[] damaged = [.. bytes];
            damaged[at] ^= 0x40;
            Assert.Throws<InvalidDataException>(() => JournalCodec.Decode(damaged, out _));
        }
    }

    [Fact]
    public void Everything_comes_back_after_a_restart_a_torn_tail_and_a_compaction()
    {
        string directory = Directory.CreateTempSubdirectory("hive-journal-").FullName;
        using (DroneJournal journal = DroneJournal.Open(directory, "boot-1"))
        {
            journal.Append([new JournalEntry.Accepted(Pod), new JournalEntry.Reached(new Revision(40))]);
            for (int i = 0; i < 5000; i += 100) journal.Append([.. Enumerable.Range(i, 100).Select(n => new JournalEntry.Remembered(Pod.Uid, Record() with { SandboxAttempt = n }))]);
        }
        string file = Path.Combine(directory, "drone.journal");
        Assert.InRange(new FileInfo(file).Length, 1, DroneJournal.CompactAbove + 100_000);
        File.AppendAllText(file, "torn");
        using (DroneJournal journal = DroneJournal.Open(directory, "boot-1"))
        {
            JournalState.PodEntry pod = journal.State.Pods[Pod.Uid];
            Assert.Equal((new Revision(40), 4999, "web"), (journal.State.Highest, pod.Record.SandboxAttempt, pod.Desired!.Name));
            Assert.Equal(Record().Of("web"), pod.Record.Of("web"));
        }
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void Monotonic_times_do_not_outlive_a_reboot()
    {
        var state = new JournalState();
        foreach (JournalEntry entry in Entries()) state.Apply(entry);
        Assert.NotNull(state.Pods[Pod.Uid].Record.KillBy);
        state.Apply(new JournalEntry.Booted("boot-2"));
        Assert.Null(state.Pods[Pod.Uid].Record.KillBy);
        Assert.Null(state.Pods[Pod.Uid].Record.Of("web").NotBefore);
        Assert.Equal(3, state.Pods[Pod.Uid].Record.Of("web").Attempt);
    }

    private static PodRecord Record() => PodRecord.New with
    {
        Stage = PodStage.Running,
        KillBy = new HostTime(5),
        Containers = PodRecord.New.Containers.Add("web", new ContainerRecord
        {
            Attempt = 3,
            Seen = 3,
            Settled = 2,
            NotBefore = new HostTime(9),
            LastExit = new ExitRecord(1, 0, "Error", "", new WallTime(1), new WallTime(2), "id"),
        }),
    };
}
