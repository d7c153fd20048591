namespace Pipelines.Testing.Stand;

/// <summary>Where the repository lies, seen from a built test.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>Ignored by git: installs that are kept between runs.</summary>
    public static string Artifacts => Path.Combine(Root, "artifacts");

    /// <summary>Sources and data of the stand, beside this file.</summary>
    public static string Testing => Path.Combine(Root, "tests", "Pipelines.Testing");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pipelines.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"The stand runs from a build inside the repository; no Pipelines.sln above {AppContext.BaseDirectory}.");
    }
}
