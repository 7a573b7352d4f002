using System.Globalization;
using System.Runtime.InteropServices;

namespace Hive.Simulation.World;

/// <summary>
/// All that happened, folded into one number: two runs of one seed are the same run exactly when their digests are equal. Printed too when asked.
/// </summary>
internal sealed class Trace(Timeline timeline, TextWriter? output)
{
    private ulong _digest = 0xCBF29CE484222325;

    public ulong Digest => _digest;

    /// <summary>An event that happens all the time: folded, printed only where printing is on.</summary>
    public void Event(string kind, ulong who, ulong a, ulong b)
    {
        Fold((ulong)timeline.Now.Ticks);
        foreach (ulong four in MemoryMarshal.Cast<char, ulong>(kind)) Fold(four);
        foreach (char c in kind.AsSpan(kind.Length & ~3)) Fold(c);
        Fold(who);
        Fold(a);
        Fold(b);
        output?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{timeline.Now.TotalSeconds,12:F6} {who,2} {kind} {a} {b}"));
    }

    /// <summary>Whether lines for people are wanted.</summary>
    public bool Prints => output is not null;

    /// <summary>A line for people; not part of the digest.</summary>
    public void Note(ulong who, string line) =>
        output?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{timeline.Now.TotalSeconds,12:F6} {who,2} note {line}"));

    private void Fold(ulong value)
    {
        unchecked
        {
            _digest = (_digest ^ value) * 0x100000001B3;
            _digest ^= _digest >> 29;
        }
    }
}
