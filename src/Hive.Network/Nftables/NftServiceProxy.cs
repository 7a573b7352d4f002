using System.Diagnostics;
using Hive.Network.Services;

namespace Hive.Network.Nftables;

/// <summary>The node's service proxy in the kernel: one atomic <c>nft -f</c> for each change. Its table is removed when it is disposed.</summary>
public sealed class NftServiceProxy : IServiceProxy
{
    private const string ForwardingSwitch = "/proc/sys/net/ipv4/ip_forward";

    private readonly string _table;
    private string _inForce = "";

    private NftServiceProxy(string table) => _table = table;

    public string Name => "nftables";

    /// <summary>Tries the kernel with an empty table. Null and a reason when nftables is not to be had here.</summary>
    /// <param name="node">Part of the table's name, so that several nodes on one machine do not meddle with each other.</param>
    public static async Task<(NftServiceProxy? Proxy, string? Problem)> TryCreateAsync(string node, CancellationToken cancellation)
    {
        var proxy = new NftServiceProxy("hive-" + Identifier(node));
        string? problem = await proxy.ApplyAsync(ServiceTable.Empty, cancellation) ?? await EnableForwardingAsync(cancellation);
        return problem is null ? (proxy, null) : (null, problem);
    }

    public async ValueTask<string?> ApplyAsync(ServiceTable table, CancellationToken cancellation)
    {
        string ruleset = NftRuleset.Write(_table, table);
        if (ruleset == _inForce) return null;
        string? problem = await RunAsync(ruleset, cancellation);
        if (problem is null) _inForce = ruleset;
        return problem;
    }

    public async ValueTask DisposeAsync()
    {
        if (_inForce.Length > 0) await RunAsync(NftRuleset.Delete(_table), CancellationToken.None);
        _inForce = "";
    }

    /// <summary>Pods reach services through this machine, so it must forward.</summary>
    private static async Task<string?> EnableForwardingAsync(CancellationToken cancellation)
    {
        try
        {
            string now = await File.ReadAllTextAsync(ForwardingSwitch, cancellation);
            if (now.Trim() != "1") await File.WriteAllTextAsync(ForwardingSwitch, "1", cancellation);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"{ForwardingSwitch} cannot be set: {failure.Message}";
        }
    }

    private static async Task<string?> RunAsync(string ruleset, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("nft", ["-f", "-"]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        try
        {
            using Process process = Process.Start(start) ?? throw new InvalidOperationException("nft did not start");
            await process.StandardInput.WriteAsync(ruleset.AsMemory(), cancellation);
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
            string error = await process.StandardError.ReadToEndAsync(cancellation);
            await output;
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == 0 ? null : $"nft refused the ruleset: {error.Trim()}";
        }
        catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or IOException)
        {
            return $"nft cannot be run: {failure.Message}";
        }
    }

    private static string Identifier(string node) => string.Concat(node.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
}
