using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hive.Benchmarks.Etcd;

/// <summary>What this machine cannot do faster: one small durable append, and one round trip on loopback.</summary>
internal static class Baseline
{
    private const int Rounds = 300;

    public static string Describe()
    {
        var disk = Fdatasync();
        var trip = RoundTrip();
        return $"this machine: fdatasync of a 512-byte write to an allocated file p50 {disk.Percentile(0.5).TotalMicroseconds:n0} us p99 {disk.Percentile(0.99).TotalMicroseconds:n0} us, " +
            $"loopback round trip p50 {trip.Percentile(0.5).TotalMicroseconds:n0} us";
    }

    /// <summary>One fdatasync and one loopback round trip, each the median of what was just measured.</summary>
    public static TimeSpan FloorOfOneWrite() => Fdatasync().Percentile(0.5) + RoundTrip().Percentile(0.5);

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static extern int Fdatasync(SafeFileHandle file);

    private static Distribution Fdatasync()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var times = new Distribution();
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
            var block = new byte[512];
            // Written once, so that what is measured changes no size and allocates nothing: as a write-ahead log does.
            RandomAccess.Write(file, new byte[Rounds * block.Length], 0);
            RandomAccess.FlushToDisk(file);
            for (var i = 0; i < Rounds; i++)
            {
                var began = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, block, (long)i * block.Length);
                if (Fdatasync(file) != 0) throw new IOException($"fdatasync failed: {Marshal.GetLastPInvokeError()}");
                times.Add(Stopwatch.GetTimestamp() - began);
            }
        }
        finally
        {
            File.Delete(path);
        }
        return times;
    }

    private static Distribution RoundTrip()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var here = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        here.Connect(listener.LocalEndPoint!);
        using var there = listener.Accept();
        there.NoDelay = true;
        var echo = new Thread(() =>
        {
            var buffer = new byte[512];
            for (int read; (read = there.Receive(buffer)) > 0;) there.Send(buffer.AsSpan(0, read));
        });
        echo.Start();
        var block = new byte[512];
        var times = new Distribution();
        for (var i = 0; i < Rounds; i++)
        {
            var began = Stopwatch.GetTimestamp();
            here.Send(block);
            for (var got = 0; got < block.Length;) got += here.Receive(block.AsSpan(got));
            times.Add(Stopwatch.GetTimestamp() - began);
        }
        here.Shutdown(SocketShutdown.Both);
        echo.Join();
        return times;
    }
}
