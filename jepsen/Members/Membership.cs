using System.Diagnostics;

namespace Hive.Jepsen.Members;

/// <summary>
/// Changes of the membership as an operator makes them, with <c>hive member</c>: a command that fails (the cluster has no leader just then, the
/// connection broke) is given again.
/// </summary>
public sealed class Membership
{
    /// <summary>Longer than any fault of another track holds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly string _hive;
    private readonly string _clusterFile;
    private readonly string _profile;
    private readonly string _folder;
    private readonly IReadOnlyList<QueenSlot> _queens;
    private readonly QueenSlot? _spare;

    internal Membership(string hive, string clusterFile, string profile, string folder, IReadOnlyList<QueenSlot> queens, QueenSlot? spare) =>
        (_hive, _clusterFile, _profile, _folder, _queens, _spare) = (hive, clusterFile, profile, folder, queens, spare);

    private QueenSlot Spare => _spare ?? throw new InvalidOperationException("the run asked for no spare node");

    /// <summary>Deletes all that a queen had on her disk. Her process must be held down.</summary>
    public void LoseData(int member) => Wipe(_queens[member]);

    /// <summary>Removes a queen who lost her data and adds her again, in the same place and under the same name but with a new id; lets her go, and waits until she votes.</summary>
    public async Task RejoinAsync(int member)
    {
        QueenSlot queen = _queens[member];
        await RemoveAsync(queen.Name);
        await AddAsync(queen.Name, queen.Addresses);
        queen.Process.LetGo();
        await AddAsync(queen.Name, queen.Addresses, "--wait");
    }

    /// <summary>Puts a new queen of another name and other ports in the place of one who is held down for good; lets the new one go, and waits until she votes and the old one is removed.</summary>
    public async Task ReplaceAsync(int member)
    {
        QueenSlot queen = _queens[member];
        string old = queen.Name;
        (string name, QueenAddresses addresses) = queen.Next();
        await AddAsync(name, addresses);
        queen.MoveOn();
        queen.Process.LetGo();
        await RunAsync(["replace", old, name, .. Options(addresses)], refusal => refusal.Contains($"no member is called \"{old}\"", StringComparison.Ordinal));
    }

    /// <summary>Adds a learner on the spare node, waits until it has the log, and gives it a vote.</summary>
    public async Task AddSpareAsync()
    {
        await AddAsync(Spare.Name, Spare.Addresses, "--learner");
        Spare.Process.Start();
        await AddAsync(Spare.Name, Spare.Addresses, "--learner", "--wait");
        await RunAsync(["promote", Spare.Name], refusal => refusal.Contains("votes already", StringComparison.Ordinal));
    }

    /// <summary>Removes the queen on the spare node.</summary>
    /// <returns>Whether her process then ended by itself.</returns>
    public Task<bool> RemoveSpareAsync() => RemoveRunningAsync(Spare);

    /// <summary>Removes a queen who runs; she is held down from then on, with nothing on her disk.</summary>
    /// <returns>Whether her process then ended by itself.</returns>
    public Task<bool> RemoveRunningAsync(int member)
    {
        _queens[member].Process.Hold();
        return RemoveRunningAsync(_queens[member]);
    }

    internal IReadOnlyList<string> SpareCrashes() => _spare?.Process.Crashes() ?? [];

    /// <summary>Ends the queen on the spare node, if there is one.</summary>
    internal Task EndAsync() => _spare?.Process.EndAsync() ?? Task.CompletedTask;

    private async Task<bool> RemoveRunningAsync(QueenSlot queen)
    {
        queen.Process.LetEnd();
        await RemoveAsync(queen.Name);
        bool ended = await queen.Process.EndsByItselfAsync();
        Wipe(queen);
        return ended;
    }

    private Task RemoveAsync(string name) => RunAsync(["remove", name, "--cluster", _clusterFile], refusal => refusal.Contains("no member is called", StringComparison.Ordinal));

    private Task AddAsync(string name, QueenAddresses addresses, params string[] more) => RunAsync(["add", name, .. Options(addresses), .. more], _ => false);

    /// <param name="isDone">Whether a refusal says that an earlier try succeeded.</param>
    private async Task RunAsync(string[] command, Func<string, bool> isDone)
    {
        long start = Stopwatch.GetTimestamp();
        string[] whole = ["member", .. command, "--profile", _profile];
        while (true)
        {
            (bool ok, string output) = await Tool.TryAsync(_hive, whole);
            if (ok || isDone(output)) return;
            if (Stopwatch.GetElapsedTime(start) > Patience) throw new TimeoutException($"hive member {string.Join(' ', command)} does not succeed: {output.Trim()}");
            await Task.Delay(Pause);
        }
    }

    private string[] Options(QueenAddresses addresses) => ["--peer", addresses.Peer, "--etcd", addresses.Etcd, "--api", addresses.Api, "--cluster", _clusterFile];

    /// <summary>The folder stays: it may be a file system of its own.</summary>
    private void Wipe(QueenSlot queen)
    {
        var data = new DirectoryInfo(Path.Combine(_folder, queen.Name));
        if (!data.Exists) return;
        foreach (FileInfo file in data.EnumerateFiles()) file.Delete();
        foreach (DirectoryInfo below in data.EnumerateDirectories()) below.Delete(recursive: true);
    }
}
