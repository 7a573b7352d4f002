namespace Hive.Local;

/// <summary>This program as a person can type it.</summary>
internal static class HiveProgram
{
    /// <summary>The launcher in the current folder where there is one, else the built binary.</summary>
    public static string Path
    {
        get
        {
            string launcher = System.IO.Path.Combine(Directory.GetCurrentDirectory(), "hive");
            return File.Exists(launcher) ? launcher : System.IO.Path.Combine(AppContext.BaseDirectory, "hive");
        }
    }
}
