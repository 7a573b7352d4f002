using System.Globalization;

namespace Hive.Drone.Runtimes.Process;

/// <summary>
/// Pod addresses out of 127.64.0.0 - 127.223.255.255: all of 127/8 is this machine's, so several pods may listen on the same port. Drones on one
/// machine start at different places, given by a hash of their names.
/// </summary>
internal sealed class LoopbackAddresses
{
    private const uint Count = 65_024;
    private readonly uint _second;
    private uint _next;

    public LoopbackAddresses(string seed)
    {
        uint hash = 2166136261;
        foreach (char c in seed) hash = (hash ^ c) * 16777619;
        _second = 64 + hash % 160;
        _next = (hash >> 8) % Count;
    }

    /// <summary>An address that none of <paramref name="taken"/> is.</summary>
    public string Next(IEnumerable<string> taken)
    {
        var used = new SortedSet<string>(taken, StringComparer.Ordinal);
        while (true)
        {
            _next = (_next + 1) % Count;
            // The last byte is 1 to 254.
            string address = string.Create(CultureInfo.InvariantCulture, $"127.{_second}.{_next / 254}.{_next % 254 + 1}");
            if (!used.Contains(address)) return address;
        }
    }
}
