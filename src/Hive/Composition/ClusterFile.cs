using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hive.Queen;

namespace Hive.Composition;

/// <summary>A queen as <c>cluster.json</c> describes it. Addresses are <c>HOST:PORT</c>.</summary>
public sealed record QueenEntry
{
    public required string Name { get; init; }

    /// <summary>Where the other queens reach it.</summary>
    public required string Peer { get; init; }

    /// <summary>Where etcd clients reach it.</summary>
    public required string Etcd { get; init; }

    /// <summary>Where etcd clients reach it without TLS and without credentials; none by default. Loopback only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? EtcdPlain { get; init; }

    /// <summary>Where Kubernetes clients and drones reach it.</summary>
    public required string Api { get; init; }

    /// <summary>The member id (hexadecimal) that a running cluster gave this queen when she was added to it; none for those that it was born with.</summary>
    [JsonPropertyName("id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? GivenId { get; init; }

    /// <summary>Whether she was added to a running cluster, and so learns who the others are from its leader.</summary>
    [JsonIgnore]
    public bool Joins => GivenId is not null;

    /// <summary>
    /// The member id: made from the name at the cluster's birth, so that every queen computes the same before they ever met; given later, so that
    /// a name may be used again but never an id.
    /// </summary>
    [JsonIgnore]
    public MemberId Id => new(GivenId is { } given ? ParseId(given) ?? 0 : ClusterFile.StableHash("member " + Name));

    /// <summary>Null: no id.</summary>
    internal static ulong? ParseId(string text) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id) && id != 0 ? id : null;
}

/// <summary>A drone as <c>cluster.json</c> describes it.</summary>
public sealed record DroneEntry
{
    public required string Name { get; init; }

    /// <summary>Where queens reach it: health, tasks, logs.</summary>
    public required string Listen { get; init; }

    /// <summary><c>auto</c> (Docker where an engine answers, else plain processes), <c>docker</c> or <c>process</c>.</summary>
    public string Runtime { get; set; } = "auto";

    public SortedDictionary<string, string> Labels { get; set; } = new(StringComparer.Ordinal);
}

/// <summary>What a Hive is made of: <c>cluster.json</c>. The same file serves every machine of a cluster.</summary>
public sealed record ClusterFile
{
    private const int FewestSnapshotEntries = 100;

    public required string Name { get; init; }

    /// <summary>Where state, certificates and logs are kept; relative to the file.</summary>
    public string Data { get; set; } = ".hive";

    public IReadOnlyList<QueenEntry> Queens { get; set; } = [];
    public IReadOnlyList<DroneEntry> Drones { get; set; } = [];

    /// <summary>Range of cluster addresses of Services.</summary>
    public string ServiceRange { get; set; } = "10.43.0.0/16";

    /// <summary>
    /// A queen takes a snapshot after so many entries of the log, and keeps half as many behind it for members that lag; none: as
    /// <see cref="QueenLimits"/> has it. What etcd calls <c>--snapshot-count</c>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? SnapshotEntries { get; set; }

    /// <summary>How queens of this cluster are bounded.</summary>
    [JsonIgnore]
    public QueenLimits Limits
    {
        get
        {
            var usual = new QueenLimits();
            return SnapshotEntries is { } entries ? usual with { SnapshotEntries = entries, TrailingEntries = Math.Min(usual.TrailingEntries, entries / 2) } : usual;
        }
    }

    /// <summary>
    /// Whether the leader answers linearizable reads by lease, without asking the other queens for each batch of them: faster where queens are far apart. Safe while no
    /// machine's monotonic clock runs more than a ninth fast or slow, so not for virtual machines that are suspended or moved while they run; and the loss of a leader is
    /// noticed a quarter of a second later. Queens may be switched over and back one by one, once all know the setting. Off: no clock is trusted.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ReadsByLease { get; set; }

    /// <summary>Tells a cluster that was restored from a backup from the one that the backup was taken of; none for one that was born empty.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RestoredAs { get; set; }

    /// <summary>Made from the name and the restore, so that members of different clusters refuse each other.</summary>
    [JsonIgnore]
    public ClusterId Id => new(StableHash("cluster " + Name + (RestoredAs is null ? "" : " restored as " + RestoredAs)));

    /// <summary>The queens that the cluster was born with, as far as they are still in the file.</summary>
    [JsonIgnore]
    public IEnumerable<QueenEntry> Founders => Queens.Where(q => !q.Joins);

    /// <summary>Folder of the file, to which <see cref="Data"/> is relative.</summary>
    [JsonIgnore]
    public string Folder { get; private init; } = "";

    [JsonIgnore]
    public string DataFolder => Path.GetFullPath(Path.Combine(Folder, Data));

    /// <summary>Reads and checks the file.</summary>
    /// <exception cref="UsageException">It cannot be read, or says something that cannot be: which field, and what it needs.</exception>
    public static ClusterFile Load(string file)
    {
        ClusterFile cluster;
        try
        {
            cluster = JsonSerializer.Deserialize(File.ReadAllText(file), ClusterFileJson.Default.ClusterFile)
                ?? throw new UsageException($"{file} is empty; it needs at least a name and one queen");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UsageException($"cannot read the cluster file {file}: {failure.Message}");
        }
        cluster = cluster with { Folder = Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/" };
        if (cluster.Check() is { } problem) throw new UsageException($"{file}: {problem}");
        return cluster;
    }

    /// <summary>A cluster of one machine: one queen and one drone (<c>hive dev</c>).</summary>
    public static ClusterFile Single(string name, string data, int apiPort, int etcdPort, int plainPort, int dronePort, string runtime) => new()
    {
        Name = name,
        Data = data,
        Folder = Directory.GetCurrentDirectory(),
        Queens = [new QueenEntry { Name = "queen-1", Peer = "127.0.0.1:0", EtcdPlain = plainPort > 0 ? $"127.0.0.1:{plainPort}" : null, Etcd = $"127.0.0.1:{etcdPort}", Api = $"127.0.0.1:{apiPort}" }],
        Drones = [new DroneEntry { Name = "drone-1", Listen = $"127.0.0.1:{dronePort}", Runtime = runtime }],
    };

    public QueenEntry FindQueen(string name) => Queens.FirstOrDefault(q => q.Name == name)
        ?? throw new UsageException($"the cluster file names no queen \"{name}\"; it names: {string.Join(", ", Queens.Select(q => q.Name))}");

    public DroneEntry FindDrone(string name) => Drones.FirstOrDefault(d => d.Name == name)
        ?? throw new UsageException($"the cluster file names no drone \"{name}\"; it names: {string.Join(", ", Drones.Select(d => d.Name))}");

    /// <summary>The file with other queens.</summary>
    /// <exception cref="UsageException">What it would say cannot be.</exception>
    public ClusterFile With(IEnumerable<QueenEntry> queens)
    {
        ClusterFile changed = this with { Queens = [.. queens] };
        return changed.Check() is { } problem ? throw new UsageException(problem) : changed;
    }

    /// <summary>The file's text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ClusterFileJson.Default.ClusterFile);

    internal static ulong StableHash(string text)
    {
        ulong hash = BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        return hash == 0 ? 1 : hash & long.MaxValue;
    }

    private string? Check()
    {
        if (Name.Length == 0) return "\"name\" is empty";
        if (Queens.Count == 0) return "\"queens\" is empty; a Hive needs at least one";
        if (SnapshotEntries < FewestSnapshotEntries) return string.Create(CultureInfo.InvariantCulture, $"\"snapshotEntries\" is {SnapshotEntries}; below {FewestSnapshotEntries} a queen would do little but take snapshots");
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var addresses = new SortedSet<string>(StringComparer.Ordinal);
        IEnumerable<(string What, string Name, string[] Addresses)> all =
        [
            .. Queens.Select(q => ("queen", q.Name, q.EtcdPlain is { } plain ? new[] { q.Peer, q.Etcd, q.Api, plain } : [q.Peer, q.Etcd, q.Api])),
            .. Drones.Select(d => ("drone", d.Name, new[] { d.Listen })),
        ];
        foreach ((string what, string name, string[] listens) in all)
        {
            if (name.Length == 0) return $"a {what} has no name";
            if (!names.Add(name)) return $"the name \"{name}\" is given twice";
            foreach (string address in listens)
            {
                if (!IPEndPoint.TryParse(address, out IPEndPoint? parsed) || parsed.Port == 0) return $"{what} \"{name}\": \"{address}\" is no ADDRESS:PORT";
                if (!addresses.Add(address)) return $"the address {address} is given twice";
            }
        }
        foreach (QueenEntry queen in Queens)
        {
            if (queen.GivenId is { } given && QueenEntry.ParseId(given) is null) return $"queen \"{queen.Name}\": the id \"{given}\" is no hexadecimal number";
        }
        foreach (DroneEntry drone in Drones)
        {
            if (drone.Runtime is not ("auto" or "docker" or "process")) return $"drone \"{drone.Name}\": runtime \"{drone.Runtime}\" is not auto, docker or process";
        }
        return null;
    }
}

/// <summary>Something that the person at the keyboard can mend; printed without a stack trace, exit code 2.</summary>
public sealed class UsageException(string message) : Exception(message);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ClusterFile))]
internal sealed partial class ClusterFileJson : JsonSerializerContext;
