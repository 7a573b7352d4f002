using System.Globalization;
using System.Text;

namespace Hive.Etcd.Grpc;

/// <summary>The text forms of gRPC's HTTP/2 protocol: the percent-encoded status message and the time-out header.</summary>
public static class GrpcText
{
    /// <summary>Encodes a status message: printable ASCII but '%' stands for itself, every other UTF-8 byte is %XX.</summary>
    public static string EncodeMessage(string message)
    {
        var plain = true;
        foreach (var c in message) plain &= c is >= ' ' and <= '~' and not '%';
        if (plain) return message;

        var text = new StringBuilder(message.Length + 16);
        foreach (var b in Encoding.UTF8.GetBytes(message))
        {
            if (b is >= 0x20 and <= 0x7e and not (byte)'%') text.Append((char)b);
            else text.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }
        return text.ToString();
    }

    /// <summary>Reads a grpc-timeout header: up to eight digits and one unit of H, M, S, m, u, n.</summary>
    public static bool TryParseTimeout(string header, out TimeSpan timeout)
    {
        timeout = TimeSpan.Zero;
        if (header.Length is < 2 or > 9) return false;
        if (!long.TryParse(header.AsSpan(0, header.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var amount)) return false;
        long ticks = header[^1] switch
        {
            'H' => amount * TimeSpan.TicksPerHour,
            'M' => amount * TimeSpan.TicksPerMinute,
            'S' => amount * TimeSpan.TicksPerSecond,
            'm' => amount * TimeSpan.TicksPerMillisecond,
            'u' => amount * TimeSpan.TicksPerMicrosecond,
            'n' => (amount + 99) / 100,
            _ => -1,
        };
        timeout = TimeSpan.FromTicks(Math.Max(ticks, 0));
        return ticks >= 0;
    }
}
