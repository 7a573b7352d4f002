using System.CommandLine;
using Hive.Client.Connections;
using Hive.Client.Kubernetes;
using Hive.Composition;

namespace Hive.Commands;

/// <summary>What every client command shares: where the profile is found, the namespace, and how failures are told.</summary>
internal sealed class CommandContext
{
    /// <summary>Exit code of a request that the server refused or that could not be sent.</summary>
    public const int Failed = 1;

    /// <summary>Exit code of a command line or file that cannot be understood.</summary>
    public const int Misused = 2;

    /// <summary>Exit code of a command that was told to stop before it was done: 128 and SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;

    public static readonly Option<string?> Profile = new("--profile") { Description = "Client profile (default: $HIVE_PROFILE, .hive/cluster/client.json, .hive/dev/client.json, ~/.hive/client.json)", Recursive = true };
    public static readonly Option<string?> Namespace = new("--namespace", "-n") { Description = "Namespace" };
    public static readonly Option<bool> AllNamespaces = new("--all-namespaces", "-A") { Description = "All namespaces" };

    private CommandContext(ClientProfile profile, string profileFile, KubernetesClient client)
    {
        ProfileFile = profileFile;
        Settings = profile;
        Client = client;
    }

    public ClientProfile Settings { get; }

    /// <summary>Where <see cref="Settings"/> came from; empty when they were made by a larger command.</summary>
    public string ProfileFile { get; }
    public KubernetesClient Client { get; }

    /// <summary>Runs a client command: connects, and turns refusals and misuse into one clear line each and an exit code.</summary>
    public static async Task<int> RunAsync(ParseResult parsed, Func<CommandContext, Task<int>> command)
    {
        try
        {
            string file = FindProfile(parsed.GetValue(Profile));
            ClientProfile profile = ClientProfile.Load(file);
            using KubernetesClient client = KubernetesClient.Connect(profile);
            return await command(new CommandContext(profile, file, client));
        }
        catch (Exception failure) when (failure is UsageException or ClientProfileException)
        {
            await Console.Error.WriteLineAsync($"hive: {failure.Message}");
            return Misused;
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
    }

    /// <summary>Runs a step of a larger command with a profile that is known already.</summary>
    public static async Task<int> WithAsync(ClientProfile profile, Func<CommandContext, Task<int>> step)
    {
        using KubernetesClient client = KubernetesClient.Connect(profile);
        return await step(new CommandContext(profile, "", client));
    }

    /// <summary>The namespace that a command works in.</summary>
    public string NamespaceOf(ParseResult parsed) => parsed.GetValue(Namespace) ?? Settings.Namespace;

    /// <summary>All resources of the cluster.</summary>
    /// <exception cref="UsageException">No queen answered.</exception>
    public async Task<ResourceCatalog> CatalogAsync(CancellationToken cancellation)
    {
        (ResourceCatalog? catalog, ApiAnswer? failure) = await ResourceCatalog.LearnAsync(Client, cancellation);
        return catalog ?? throw new UsageException($"cannot learn what the cluster serves: {failure?.Message}. Is it running? `hive status` tells");
    }

    /// <summary>The resource that a word means.</summary>
    /// <exception cref="UsageException">The cluster has none of that name.</exception>
    public async Task<ApiResource> ResourceAsync(string word, CancellationToken cancellation)
    {
        ResourceCatalog catalog = await CatalogAsync(cancellation);
        return catalog.Find(word) ?? throw new UsageException(
            $"the server has no resource type \"{word}\"; it has: {string.Join(", ", catalog.Resources.Select(r => r.Plural).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))}");
    }

    /// <summary>Prints why a request failed, in kubectl's form.</summary>
    public static int Complain(ApiAnswer answer, string what)
    {
        string reason = answer.Reason.Length > 0 ? $" ({answer.Reason})" : "";
        Console.Error.WriteLine($"Error from server{reason}: {what}{(what.Length > 0 ? ": " : "")}{answer.Message}");
        return Failed;
    }

    private static string FindProfile(string? given)
    {
        if (given is not null) return given;
        if (Environment.GetEnvironmentVariable("HIVE_PROFILE") is { Length: > 0 } fromEnvironment) return fromEnvironment;
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string[] places = [".hive/cluster/client.json", ".hive/dev/client.json", Path.Combine(home, ".hive/client.json")];
        return Array.Find(places, File.Exists) ?? throw new UsageException(
            $"no client profile found (looked at $HIVE_PROFILE, {string.Join(", ", places)}); start a cluster with `hive up` or `hive dev`, or name one with --profile FILE");
    }
}
