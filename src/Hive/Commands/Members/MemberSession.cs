using System.Globalization;
using System.Text.Json.Nodes;
using Hive.Client.Etcd;
using Hive.Composition;
using Hive.Local;
using Hive.Objects.Yaml;

namespace Hive.Commands.Members;

/// <summary>One run of a member command: the cluster's answers, the files that follow, and what the person is told meanwhile (on standard error).</summary>
internal sealed class MemberSession(CommandContext context, EtcdClient client, string? clusterFile, OutputForm form)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(300);

    /// <summary>Entries that a learner may lack and still count as caught up, while writes go on.</summary>
    private const long CaughtUpEntries = 1_000;

    public Task<MemberTable> ReadAsync(CancellationToken cancellation) => MemberTable.ReadAsync(client, context.Settings, Entered, cancellation);

    /// <summary>The result, for people or for scripts.</summary>
    public void Print(JsonObject result, Action<TextWriter> table)
    {
        if (form == OutputForm.Json) Console.WriteLine(Output.Json(result));
        else if (form == OutputForm.Yaml) Console.Write(YamlWriter.Write(result));
        else table(Console.Out);
    }

    public void Tell(string line) => Console.Error.WriteLine(line);

    /// <summary>
    /// Makes a queen a member, with all that it needs to start. One that an interrupted run added already is gone on with.
    /// </summary>
    public async Task<QueenEntry> AddAsync(QueenEntry wanted, bool learner, CancellationToken cancellation)
    {
        MemberFiles files = FindFiles()
            ?? throw new UsageException("there is no cluster file beside the client profile: name it with --cluster FILE");
        files.CheckAdd(wanted);
        string peerUrl = "https://" + wanted.Peer;
        EtcdMember? known = (await ReadAsync(cancellation)).Members.FirstOrDefault(m => m.PeerUrls.Contains(peerUrl) || m.Name == wanted.Name);
        if (known is not null && (!known.PeerUrls.Contains(peerUrl) || (known.Name.Length > 0 && known.Name != wanted.Name)))
        {
            throw new MemberRefusal($"{MemberTable.Title(known)} at {string.Join(',', known.PeerUrls)} is a member already: choose another name and address, or remove it first");
        }
        ulong id = known?.Id ?? await AddAsync(peerUrl, learner, cancellation);
        QueenEntry entry = files.Queens.FirstOrDefault(q => q.Id.Value == id) ?? wanted with { GivenId = MemberTable.Id(id) };
        files.Add(entry);
        string start = $"{HiveProgram.Path} queen --cluster {files.File} --name {entry.Name}";
        Print(
            new JsonObject { ["member"] = MemberTable.Id(id), ["name"] = entry.Name, ["learner"] = learner, ["clusterFile"] = files.File, ["start"] = start },
            output => output.WriteLine($"""
                {entry.Name} ({MemberTable.Id(id)}) is a member {(known is null ? "now" : "already")}. It gets the log as soon as it runs{(learner ? ", and stays a learner" : ", and votes once it has caught up")}.
                Entered in {files.File}; its certificate is in {files.Certificates}.
                Start it (on another machine: copy both there first, to the same places):

                  {start}

                """));
        return entry;
    }

    /// <summary>Has a learner promoted, and waits until it votes.</summary>
    public async Task PromoteAsync(EtcdMember member, CancellationToken cancellation)
    {
        if (!member.IsLearner) throw new MemberRefusal($"{MemberTable.Title(member)} votes already");
        EtcdMembersAnswer answer = await client.PromoteMemberAsync(member.Id, cancellation);
        if (answer.Error is { } error) throw new MemberRefusal($"{MemberTable.Title(member)} was not promoted: {error}");
        await UntilCaughtUpAsync(member.Id, votes: true, cancellation);
    }

    /// <summary>Waits until a member has the log (or votes), telling how far it is whenever that changes.</summary>
    public async Task UntilCaughtUpAsync(ulong id, bool votes, CancellationToken cancellation)
    {
        for (string said = ""; ;)
        {
            MemberTable table = await ReadAsync(cancellation);
            EtcdMember member = table.Find(MemberTable.Id(id));
            (bool done, string progress) = Progress(table, member, votes);
            if (progress != said) Tell(said = progress);
            if (done) return;
            await Task.Delay(Look, TimeProvider.System, cancellation);
        }
    }

    /// <summary>Removes a member, unless that would leave too few that answer.</summary>
    public async Task RemoveAsync(EtcdMember member, bool force, CancellationToken cancellation)
    {
        MemberFiles? files = FindFiles();
        MemberTable table = await ReadAsync(cancellation);
        EtcdMember[] remaining = [.. table.Members.Where(m => m.Id != member.Id && !m.IsLearner)];
        int answering = remaining.Count(m => table.Answers(m.Id));
        if (!force && !member.IsLearner && answering <= remaining.Length / 2 && remaining.Length > 0)
        {
            throw new MemberRefusal(
                $"only {answering} of the {remaining.Length} voters that would remain answer: without {MemberTable.Title(member)} there would be no quorum. "
                + $"Start the others first ({string.Join(", ", remaining.Where(m => !table.Answers(m.Id)).Select(MemberTable.Title))}), or insist with --force");
        }
        EtcdMembersAnswer answer = await client.RemoveMemberAsync(member.Id, cancellation);
        if (answer.Error is { } error) throw new MemberRefusal($"{MemberTable.Title(member)} was not removed: {error}");
        files?.Remove(new MemberId(member.Id));
    }

    /// <summary>The files that follow the membership, where they are here.</summary>
    private MemberFiles? FindFiles() => MemberFiles.Find(clusterFile, context.ProfileFile);

    /// <summary>A file that nobody named, and that cannot be read, may be of something else: the cluster's own words go without it.</summary>
    private IReadOnlyList<QueenEntry> Entered()
    {
        try
        {
            return FindFiles()?.Queens ?? [];
        }
        catch (UsageException unreadable) when (clusterFile is null)
        {
            Tell($"a member that never ran is shown without its name: {unreadable.Message}");
            return [];
        }
    }

    private async Task<ulong> AddAsync(string peerUrl, bool learner, CancellationToken cancellation)
    {
        EtcdMembersAnswer answer = await client.AddMemberAsync([peerUrl], learner, cancellation);
        if (answer.Error is { } error) throw new MemberRefusal($"no member was added: {error}");
        return answer.Added;
    }

    private static (bool Done, string Progress) Progress(MemberTable table, EtcdMember member, bool votes)
    {
        string title = MemberTable.Title(member);
        if (!table.Answers(member.Id)) return (false, $"{title}: {table.StateOf(member.Id)}; waiting for it to run");
        long applied = table.AppliedBy(member.Id) ?? 0, behind = Math.Max(0, table.Furthest - applied);
        if (votes ? !member.IsLearner : behind <= CaughtUpEntries) return (true, $"{title}: {(votes ? "votes" : "has caught up")}");
        double part = table.Furthest == 0 ? 1 : (double)applied / table.Furthest;
        return (false, string.Create(CultureInfo.InvariantCulture, $"{title}: learner, {applied} of {table.Furthest} entries ({part:P0}), {behind} behind"));
    }
}
