using Hive.Drone.Desired;
using Hive.Drone.Pods;

namespace Hive.Drone.Journal;

/// <summary>One durable fact. Replayed in order they give what the drone must know after a restart.</summary>
public abstract record JournalEntry
{
    /// <summary>A specification was accepted.</summary>
    public sealed record Accepted(DesiredPod Pod) : JournalEntry;

    /// <summary>The lasting memory of a pod changed.</summary>
    public sealed record Remembered(PodUid Uid, PodRecord Record) : JournalEntry;

    /// <summary>The API has no such pod any more; it is to be stopped.</summary>
    public sealed record Gone(PodUid Uid) : JournalEntry;

    /// <summary>Nothing of the pod is left.</summary>
    public sealed record Forgotten(PodUid Uid) : JournalEntry;

    /// <summary>The machine's boot under which what follows was written: monotonic times do not outlive it.</summary>
    public sealed record Booted(string BootId) : JournalEntry;

    /// <summary>A complete set at this revision was accepted; an older one is refused ever after.</summary>
    public sealed record Reached(Revision At) : JournalEntry;
}

/// <summary>What a replay gives.</summary>
public sealed class JournalState
{
    /// <summary>One pod as the journal knows it.</summary>
    public sealed record PodEntry(DesiredPod? Desired, bool Gone, PodRecord Record);

    public SortedDictionary<PodUid, PodEntry> Pods { get; } = [];
    public Revision Highest { get; private set; } = Revision.Zero;
    public string BootId { get; private set; } = "";

    public void Apply(JournalEntry entry)
    {
        switch (entry)
        {
            case JournalEntry.Accepted accepted:
                Pods[accepted.Pod.Uid] = Find(accepted.Pod.Uid) with { Desired = accepted.Pod, Gone = false };
                Reach(accepted.Pod.At);
                break;
            case JournalEntry.Remembered remembered: Pods[remembered.Uid] = Find(remembered.Uid) with { Record = remembered.Record }; break;
            case JournalEntry.Gone gone: Pods[gone.Uid] = Find(gone.Uid) with { Gone = true }; break;
            case JournalEntry.Forgotten forgotten: Pods.Remove(forgotten.Uid); break;
            case JournalEntry.Reached reached: Reach(reached.At); break;
            case JournalEntry.Booted booted: Boot(booted.BootId); break;
        }
    }

    /// <summary>The fewest entries that give the same state.</summary>
    public IEnumerable<JournalEntry> Compacted()
    {
        if (BootId.Length > 0) yield return new JournalEntry.Booted(BootId);
        yield return new JournalEntry.Reached(Highest);
        foreach ((PodUid uid, PodEntry pod) in Pods)
        {
            if (pod.Desired is { } desired) yield return new JournalEntry.Accepted(desired);
            yield return new JournalEntry.Remembered(uid, pod.Record);
            if (pod.Gone) yield return new JournalEntry.Gone(uid);
        }
    }

    private PodEntry Find(PodUid uid) => Pods.GetValueOrDefault(uid) ?? new PodEntry(null, false, PodRecord.New);

    private void Boot(string bootId)
    {
        if (bootId == BootId) return;
        BootId = bootId;
        foreach ((PodUid uid, PodEntry pod) in Pods.ToArray())
        {
            PodRecord record = pod.Record with { KillBy = null };
            foreach ((string name, ContainerRecord container) in pod.Record.Containers)
            {
                record = record with { Containers = record.Containers.SetItem(name, container with { NotBefore = null }) };
            }
            Pods[uid] = pod with { Record = record };
        }
    }

    private void Reach(Revision at)
    {
        if (at > Highest) Highest = at;
    }
}
