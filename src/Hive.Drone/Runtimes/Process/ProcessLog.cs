using System.Runtime.CompilerServices;
using System.Text;

namespace Hive.Drone.Runtimes.Process;

/// <summary>Reads the log files that the shim writes: <c>time stream F|P text</c>, the older file first, across a rotation while following.</summary>
internal static class ProcessLog
{
    private const int LongestLine = 64 << 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static async IAsyncEnumerable<LogLine> ReadAsync(string path, bool follow, Func<bool> hasEnded, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string old = path + ".1";
        if (File.Exists(old))
        {
            await using FileStream rotated = File.Open(old, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await foreach (LogLine line in LinesAsync(rotated, () => true, cancellation)) yield return line;
        }
        bool again = true;
        while (again && File.Exists(path))
        {
            await using FileStream file = File.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            string own = $"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}";
            again = false;
            await foreach (LogLine line in LinesAsync(file, IsOver, cancellation)) yield return line;

            bool IsOver()
            {
                // Asked before the last read, so that nothing written before the end is missed.
                again = follow && File.ResolveLinkTarget(own, false)?.FullName != path;
                return !follow || again || hasEnded();
            }
        }
    }

    /// <summary>How many lines there are now.</summary>
    public static async Task<long> CountAsync(string path, CancellationToken cancellation)
    {
        long count = 0;
        await foreach (LogLine _ in ReadAsync(path, false, () => true, cancellation)) count++;
        return count;
    }

    private static async IAsyncEnumerable<LogLine> LinesAsync(FileStream file, Func<bool> isOver, [EnumeratorCancellation] CancellationToken cancellation)
    {
        byte[] buffer = new byte[LongestLine];
        int have = 0;
        while (true)
        {
            bool over = isOver();
            int read = await file.ReadAsync(buffer.AsMemory(have), cancellation);
            have += read;
            int from = 0;
            int end;
            while ((end = buffer.AsSpan(from, have - from).IndexOf((byte)'\n')) >= 0)
            {
                if (TryParse(buffer.AsMemory(from, end), out LogLine line)) yield return line with { Text = line.Text.ToArray() };
                from += end + 1;
            }
            buffer.AsSpan(from, have - from).CopyTo(buffer);
            have -= from;
            if (have == buffer.Length) have = 0;
            if (read > 0) continue;
            if (over) yield break;
            await Task.Delay(Pause, cancellation);
        }
    }

    private static bool TryParse(ReadOnlyMemory<byte> bytes, out LogLine line)
    {
        line = default;
        ReadOnlySpan<byte> text = bytes.Span;
        int first = text.IndexOf((byte)' ');
        if (first < 0 || !LogTimes.TryParse(Encoding.ASCII.GetString(text[..first]), out DateTimeOffset at)) return false;
        int second = first + 1 + text[(first + 1)..].IndexOf((byte)' ');
        if (second <= first || text.Length < second + 3) return false;
        string stream = text[(first + 1)..second].SequenceEqual("stderr"u8) ? "stderr" : "stdout";
        line = new LogLine(at, stream, bytes[(second + 3)..], text[second + 1] == (byte)'F');
        return true;
    }
}
