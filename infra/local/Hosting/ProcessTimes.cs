using System.ComponentModel;
using System.Diagnostics;

namespace Serverless.Local.Hosting;

internal static class ProcessTimes
{
    /// <summary>When a process started, in UTC; null when no such process runs.</summary>
    public static DateTime? StartOf(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.HasExited ? null : process.StartTime.ToUniversalTime();
        }
        catch (Exception ex) when (ex is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }
}
