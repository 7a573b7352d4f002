using Hive.Objects;

namespace Hive.Drone.Pods;

/// <summary>
/// Tells whether a running container was made from the specification that is wanted now. Only what may change in a living pod counts
/// (name and image), so that an upgrade of Hive restarts nothing. FNV-1a, 64 bits: stable over processes and versions.
/// </summary>
public static class SpecHash
{
    public static ulong Of(Container container)
    {
        ulong hash = 14695981039346656037;
        hash = Add(hash, container.Name);
        hash = Add(hash, "\0");
        return Add(hash, container.Image);
    }

    private static ulong Add(ulong hash, string text)
    {
        foreach (char c in text)
        {
            hash = (hash ^ (byte)c) * 1099511628211;
            hash = (hash ^ (byte)(c >> 8)) * 1099511628211;
        }
        return hash;
    }
}
