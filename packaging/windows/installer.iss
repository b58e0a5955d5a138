; Inno Setup: one installer for one person, no administrator needed. Version comes from the command line:
;   ISCC /DAppVersion=1.2.3 packaging\windows\installer.iss
#ifndef AppVersion
  #error Pass the version with /DAppVersion=…
#endif

[Setup]
AppId={{6C3F0B1E-7B0C-4C55-9C0E-3C2A5A2E7F41}
AppName=AI Call CoPilot
AppVersion={#AppVersion}
AppPublisher=AI Call CoPilot
DefaultDirName={autopf}\AI Call CoPilot
DefaultGroupName=AI Call CoPilot
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
Compression=lzma2
SolidCompression=yes
OutputDir=..\..\dist
OutputBaseFilename=ai-call-copilot-{#AppVersion}-windows
SetupIconFile=..\..\build\package\icon.ico
UninstallDisplayIcon={app}\copilot-desktop.exe
LicenseFile=..\..\LICENSE
; A call must not be cut off by an update: the person is asked to close the program first.
CloseApplications=yes
RestartApplications=no

[Tasks]
Name: desktopicon; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[InstallDelete]
; Libraries of an older version must not be found by a newer one. Calls and settings lie elsewhere.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "..\..\dist\copilot-desktop\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\AI Call CoPilot"; Filename: "{app}\copilot-desktop.exe"
Name: "{autodesktop}\AI Call CoPilot"; Filename: "{app}\copilot-desktop.exe"; Tasks: desktopicon

[Run]
Filename: "{app}\copilot-desktop.exe"; Description: "{cm:LaunchProgram,AI Call CoPilot}"; Flags: nowait postinstall skipifsilent
