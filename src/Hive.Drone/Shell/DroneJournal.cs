using Hive.Drone.Journal;
using Microsoft.Win32.SafeHandles;

namespace Hive.Drone.Shell;

/// <summary>
/// The journal's file: append-only, synced before an effect, rewritten into its shortest form when it has grown. Owned by the drone's loop alone.
/// </summary>
public sealed class DroneJournal : IDisposable
{
    /// <summary>Rewritten when it is larger than this and four times as large as after the last rewrite.</summary>
    public const long CompactAbove = 1 << 20;

    private readonly string _path;
    private SafeFileHandle _file;
    private long _length;
    private long _compactedLength;

    private DroneJournal(string path, SafeFileHandle file, long length, JournalState state)
    {
        _path = path;
        _file = file;
        _length = _compactedLength = length;
        State = state;
    }

    /// <summary>What all entries so far amount to.</summary>
    public JournalState State { get; }

    /// <summary>Opens or makes the journal. A torn tail is cut; damage is refused.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; says where.</exception>
    public static DroneJournal Open(string directory, string bootId)
    {
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, "drone.journal");
        byte[] bytes = File.Exists(path) ? File.ReadAllBytes(path) : [];
        var state = new JournalState();
        List<JournalEntry> entries = JournalCodec.Decode(bytes, out int good);
        foreach (JournalEntry entry in entries) state.Apply(entry);
        SafeFileHandle file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        if (good < bytes.Length) RandomAccess.SetLength(file, good);
        var journal = new DroneJournal(path, file, good, state);
        if (good == 0) HostCalls.SyncDirectory(directory);
        if (state.BootId != bootId) journal.Append([new JournalEntry.Booted(bootId)]);
        return journal;
    }

    /// <summary>Returns when the entries are on disk.</summary>
    public void Append(IReadOnlyCollection<JournalEntry> entries)
    {
        if (entries.Count == 0) return;
        using var batch = new MemoryStream();
        foreach (JournalEntry entry in entries)
        {
            State.Apply(entry);
            batch.Write(JournalCodec.Encode(entry));
        }
        RandomAccess.Write(_file, batch.GetBuffer().AsSpan(0, (int)batch.Length), _length);
        HostCalls.SyncData(_file);
        _length += batch.Length;
        if (_length > CompactAbove && _length > 4 * _compactedLength) Compact();
    }

    private void Compact()
    {
        string next = _path + ".new";
        using (SafeFileHandle file = File.OpenHandle(next, FileMode.Create, FileAccess.Write))
        {
            long at = 0;
            foreach (JournalEntry entry in State.Compacted())
            {
                byte[] frame = JournalCodec.Encode(entry);
                RandomAccess.Write(file, frame, at);
                at += frame.Length;
            }
            HostCalls.SyncData(file);
            _length = _compactedLength = at;
        }
        _file.Dispose();
        File.Move(next, _path, overwrite: true);
        HostCalls.SyncDirectory(Path.GetDirectoryName(_path)!);
        _file = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
    }

    public void Dispose() => _file.Dispose();
}
