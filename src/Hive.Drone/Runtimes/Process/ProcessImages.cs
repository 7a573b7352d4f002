using Hive.Drone.Pods;
using Hive.Objects;

namespace Hive.Drone.Runtimes.Process;

/// <summary>An image as the process runtime understands it: a root file system on this machine, and what to run in it.</summary>
/// <param name="Root">The directory that becomes the container's root.</param>
/// <param name="IsHost">The root is the machine's own.</param>
internal sealed record ProcessImage(string Id, string Root, bool IsHost, string[] Entrypoint, string[] Arguments, string[] Environment, string WorkingDirectory);

/// <summary>Finds images: those that Hive brings along, and directories under <c>images/</c>. Nothing is ever pulled.</summary>
internal sealed class ProcessImages(ProcessPaths paths, bool isolated)
{
    public OrderOutcome Ensure(string reference)
    {
        if (!Docker.ImageReference.TryParse(reference, out _))
        {
            return OrderOutcome.Retry(ImageReasons.InvalidName, $"couldn't parse image name \"{reference}\": invalid reference format");
        }
        return Find(reference) is { } image
            ? new OrderOutcome(OrderResult.Done, Value: image.Id, Message: $"Container image \"{reference}\" already present on machine")
            : OrderOutcome.Retry(ImageReasons.Pull,
                $"the process runtime has no image \"{reference}\" and pulls none: put its root file system at {Path.Combine(paths.Image(reference), "rootfs")}"
                + (isolated ? "" : " (and run the drone as root)") + $", use {BuiltInImages.Host} to run the host's own programs, or run a Docker engine");
    }

    public ProcessImage? Find(string reference)
    {
        if (reference == BuiltInImages.Host) return new ProcessImage($"host:{reference}", "/", true, [], [], [], "/");
        if (BuiltInImages.AppletOf(reference) is { } applet) return BuiltIn(reference, applet);
        string directory = paths.Image(reference);
        string root = Path.Combine(directory, "rootfs");
        if (!isolated || !Directory.Exists(root)) return null;
        ImageRecord record = RecordFiles.TryRead(Path.Combine(directory, "image.json"), ProcessJson.Default.ImageRecord) ?? new ImageRecord(null, null, null, null);
        return new ProcessImage($"directory:{reference}", root, false, record.Entrypoint ?? [], record.Cmd ?? [], record.Env ?? [], record.WorkingDir ?? "/");
    }

    private ProcessImage BuiltIn(string reference, string applet)
    {
        string root = Path.Combine(paths.Image(reference), "rootfs");
        string cell = Path.Combine(root, BuiltInImages.CellPath[1..]);
        byte[] bytes = BuiltInImages.Cell();
        if (!File.Exists(cell) || !File.ReadAllBytes(cell).AsSpan().SequenceEqual(bytes))
        {
            Directory.CreateDirectory(root);
            File.WriteAllBytes(cell + ".new", bytes);
            File.SetUnixFileMode(cell + ".new", (UnixFileMode)0b111_101_101);
            File.Move(cell + ".new", cell, overwrite: true);
        }
        // Without a root of its own the program is run where it lies.
        return new ProcessImage($"built-in:{reference}", root, false, [isolated ? BuiltInImages.CellPath : cell, applet], [], [], "/");
    }
}
