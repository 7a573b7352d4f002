using System.Text;

namespace Hive.Drone.Runtimes;

/// <summary>The file in which a container may leave its last words; mounted at the path that the pod names.</summary>
internal static class TerminationMessage
{
    public const string FileName = "termination-log";

    public static string Read(string? path)
    {
        if (path is null) return "";
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] bytes = new byte[DroneLimits.TerminationMessageBytes];
            if (file.Length > bytes.Length) file.Seek(-bytes.Length, SeekOrigin.End);
            int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(bytes, 0, read);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
