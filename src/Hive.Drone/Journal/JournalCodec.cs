using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hive.Drone.Desired;
using Hive.Drone.Pods;
using Hive.Objects;

namespace Hive.Drone.Journal;

/// <summary>
/// The journal's bytes: frames of length (4 bytes, little-endian), CRC-32C of the payload (4 bytes), and a JSON payload. A frame that is cut
/// off at the end is what a crash leaves and is dropped; a broken frame with whole ones behind it is damage and is refused.
/// </summary>
public static class JournalCodec
{
    /// <summary>A pod object is at most 1.5 MiB in the API; twice that is no pod.</summary>
    public const int LongestPayload = 3 << 20;
    private const int Header = 8;

    public static byte[] Encode(JournalEntry entry)
    {
        byte[] payload = JsonSerializer.SerializeToUtf8Bytes(ToLine(entry), JournalJson.Default.JournalLine);
        byte[] frame = new byte[Header + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), Checksum(payload));
        payload.CopyTo(frame.AsSpan(Header));
        return frame;
    }

    /// <summary>Reads whole frames from the start.</summary>
    /// <param name="good">Bytes that were understood; what follows is a torn tail.</param>
    /// <exception cref="InvalidDataException">A broken frame has whole frames behind it, or a whole frame makes no sense.</exception>
    public static List<JournalEntry> Decode(ReadOnlySpan<byte> bytes, out int good)
    {
        var entries = new List<JournalEntry>();
        good = 0;
        while (TryFrame(bytes[good..], out int length))
        {
            entries.Add(FromLine(JsonSerializer.Deserialize(bytes.Slice(good + Header, length), JournalJson.Default.JournalLine)
                ?? throw new InvalidDataException("an empty entry in the drone's journal")));
            good += Header + length;
        }
        for (int at = good + 1; at < bytes.Length - Header; at++)
        {
            if (TryFrame(bytes[at..], out int length) && length > 0)
            {
                throw new InvalidDataException($"the drone's journal is damaged at byte {good}: whole entries follow at byte {at}");
            }
        }
        return entries;
    }

    private static bool TryFrame(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        if (bytes.Length < Header) return false;
        length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (length is <= 0 or > LongestPayload || bytes.Length - Header < length) return false;
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) == Checksum(bytes.Slice(Header, length));
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }
        foreach (byte b in bytes) crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }

    private static JournalLine ToLine(JournalEntry entry) => entry switch
    {
        JournalEntry.Accepted accepted => new JournalLine
        {
            Kind = "accepted",
            Uid = accepted.Pod.Uid.Value,
            Revision = accepted.Pod.At.Value,
            Pod = JsonSerializer.Deserialize(HiveJson.Write(accepted.Pod.Pod), JournalJson.Default.JsonElement),
        },
        JournalEntry.Remembered remembered => new JournalLine { Kind = "remembered", Uid = remembered.Uid.Value, Record = remembered.Record },
        JournalEntry.Gone gone => new JournalLine { Kind = "gone", Uid = gone.Uid.Value },
        JournalEntry.Forgotten forgotten => new JournalLine { Kind = "forgotten", Uid = forgotten.Uid.Value },
        JournalEntry.Reached reached => new JournalLine { Kind = "reached", Revision = reached.At.Value },
        JournalEntry.Booted booted => new JournalLine { Kind = "booted", BootId = booted.BootId },
        _ => throw Invariant.Fail("an entry without a line"),
    };

    private static JournalEntry FromLine(JournalLine line)
    {
        var uid = new PodUid(line.Uid ?? "");
        switch (line.Kind)
        {
            case "accepted":
                Decoded<Pod> pod = HiveJson.Read<Pod>(JsonSerializer.SerializeToUtf8Bytes(line.Pod, JournalJson.Default.JsonElement));
                if (!pod.Ok) throw new InvalidDataException($"a pod in the drone's journal cannot be read: {pod.Error}");
                return new JournalEntry.Accepted(new DesiredPod(uid, pod.Value, new Revision(line.Revision)));
            case "remembered":
                PodRecord record = line.Record ?? throw new InvalidDataException("a memory without a record in the drone's journal");
                return new JournalEntry.Remembered(uid, record with { Containers = record.Containers.ToImmutableSortedDictionary(StringComparer.Ordinal) });
            case "gone": return new JournalEntry.Gone(uid);
            case "forgotten": return new JournalEntry.Forgotten(uid);
            case "reached": return new JournalEntry.Reached(new Revision(line.Revision));
            case "booted": return new JournalEntry.Booted(line.BootId ?? "");
            default: throw new InvalidDataException($"an entry of unknown kind '{line.Kind}' in the drone's journal: was it written by a newer Hive?");
        }
    }
}

/// <summary>One entry as JSON; only the fields of its kind are there.</summary>
internal sealed record JournalLine
{
    public string Kind { get; init; } = "";
    public string? Uid { get; init; }
    public long Revision { get; init; }
    public string? BootId { get; init; }
    public JsonElement Pod { get; init; }
    public PodRecord? Record { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(JournalLine))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class JournalJson : JsonSerializerContext;
