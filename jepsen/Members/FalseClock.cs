using System.Globalization;

namespace Hive.Jepsen.Members;

/// <summary>
/// The wall clock of one process, made false by libfaketime. CLOCK_MONOTONIC (.NET's Stopwatch, and so the log's clock) stays true, as it does
/// on a machine whose clock is set; what moves is CLOCK_REALTIME.
/// </summary>
internal sealed class FalseClock
{
    /// <summary>The library looks into its control file this often, in seconds.</summary>
    public const int NoticeSeconds = 1;

    /// <summary>Where the package puts it, in a folder for libraries.</summary>
    public const string Library = "faketime/libfaketimeMT.so.1";

    private readonly string _control;

    public FalseClock(string control)
    {
        _control = control;
        Set(TimeSpan.Zero);
    }

    /// <summary>The command line that starts a program under this clock.</summary>
    public (string Program, string[] Arguments) Wrap(string program, string[] arguments) =>
        ("env",
        [
            // Without the last two, waiting with a time limit goes wrong in .NET.
            $"LD_PRELOAD={FindLibrary()}", $"FAKETIME_TIMESTAMP_FILE={_control}", string.Create(CultureInfo.InvariantCulture, $"FAKETIME_CACHE_DURATION={NoticeSeconds}"),
            "DONT_FAKE_MONOTONIC=1", "FAKETIME_FORCE_MONOTONIC_FIX=0", program, .. arguments,
        ]);

    /// <summary>How far the process's wall clock is to be off.</summary>
    public void Set(TimeSpan off)
    {
        string next = _control + ".next";
        File.WriteAllText(next, string.Create(CultureInfo.InvariantCulture, $"{(off < TimeSpan.Zero ? "-" : "+")}{Math.Abs(off.TotalSeconds):0.###}\n"));
        File.Move(next, _control, overwrite: true);
    }

    /// <summary>The library's path; null when it is not installed.</summary>
    public static string? FindLibrary() =>
        new[] { "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib", "/usr/lib64" }.Select(folder => Path.Combine(folder, Library)).FirstOrDefault(File.Exists);
}
