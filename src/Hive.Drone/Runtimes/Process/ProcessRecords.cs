using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Hive.Drone.Runtimes.Process;

/// <summary>What is kept of a sandbox.</summary>
internal sealed record SandboxRecord(string Namespace, string Name, int Attempt, string Address, string BootId, bool Stopped);

/// <summary>What is kept of a container.</summary>
internal sealed record ContainerRecordFile(string Container, int Attempt, ulong SpecHash, string ImageId, string? TerminationFile, string[] Cgroups, string? Problem, int ExitCode);

/// <summary>What a directory under images/ may say about its root file system.</summary>
internal sealed record ImageRecord(string[]? Entrypoint, string[]? Cmd, string[]? Env, string? WorkingDir);

/// <summary>Small files of JSON, replaced as a whole.</summary>
internal static class RecordFiles
{
    public static void Write<T>(string path, T value, JsonTypeInfo<T> type)
    {
        string temporary = path + ".new";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(value, type));
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Null when there is none, or only half of one.</summary>
    public static T? TryRead<T>(string path, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), type) : null;
        }
        catch (Exception failure) when (failure is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(SandboxRecord))]
[JsonSerializable(typeof(ContainerRecordFile))]
[JsonSerializable(typeof(ImageRecord))]
internal sealed partial class ProcessJson : JsonSerializerContext;
