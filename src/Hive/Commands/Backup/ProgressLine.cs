using System.Globalization;

namespace Hive.Commands.Backup;

/// <summary>One line on a terminal that says how far long work on bytes has come; nothing where nobody watches.</summary>
internal sealed class ProgressLine(string done) : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);
    private const double Mebibyte = 1 << 20;

    private long _told;
    private bool _any;

    /// <param name="bytes">Done.</param>
    /// <param name="remaining">Still to come.</param>
    public void Tell(long bytes, long remaining)
    {
        if (Console.IsErrorRedirected || TimeProvider.System.GetElapsedTime(_told) < Pace) return;
        _told = TimeProvider.System.GetTimestamp();
        _any = true;
        Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{done} {bytes / Mebibyte:0.0} of {(bytes + remaining) / Mebibyte:0.0} MiB"));
    }

    public void Dispose()
    {
        if (_any) Console.Error.WriteLine();
    }
}
